"""Further facts of a request as chips: when, whom, how much, which shop, before, what is wanted."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.domain.draft import Draft, Origin, get_field, is_empty
from app.domain.ticket import FIELDS, TicketContent
from ui.look.controls import Chip
from ui.look.language import Language
from ui.look.sizes import grow, grown, text_size
from ui.look.style import GRID
from ui.look.wording import shortened

FACTS = tuple(
    name for name in ("repeat", "event_time", "parties", "people", "amounts", "wish") if name in FIELDS
)
LONGEST = {1: 14, 2: 14, 3: 10, 4: 8, 5: 5, 6: 4}
"""Characters of a chip by the number of chips; the whole fact is its tooltip."""


class FactChip(Chip):
    """One fact. Space or Tab accepts it while it is suggested, Delete or Esc takes it away."""

    accepted = Signal()
    removed = Signal()

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self.property("state") == "suggested":
            self.accepted.emit()
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class FactsRow(QWidget):
    """Shows the facts that were heard; nothing on the ticket stays unseen."""

    typed = Signal(str, object)
    accepted = Signal(str)
    rejected = Signal(str)

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        self._draft: Draft | None = None
        self.chips: dict[str, FactChip] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for name in FACTS:
            chip = FactChip(self)
            chip.clicked.connect(lambda _=False, name=name: self.accepted.emit(name))
            chip.accepted.connect(lambda name=name: self.accepted.emit(name))
            chip.removed.connect(lambda name=name: self._remove(name))
            chip.hide()
            self.chips[name] = chip
            row.addWidget(chip)
        row.addStretch(1)
        language.changed.connect(self._on_language_changed)
        grow(self, setFixedHeight=GRID * 8)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_draft(self, draft: Draft) -> None:
        """Show a draft's facts."""
        self._draft = draft
        shown = sum(not is_empty(get_field(draft.content, name)) for name in self.chips)
        for name, chip in self.chips.items():
            value = get_field(draft.content, name)
            suggested = draft.origins.get(name) is Origin.SUGGESTED
            words = self._words(name, value)
            chip.set_label(shortened(words, round(LONGEST.get(shown, 4) * 100 / text_size())))
            chip.setAccessibleName(words or self._language.say(f"field_{name}"))
            chip.setToolTip(words)
            chip.set_state("suggested" if suggested else "on")
            chip.setVisible(not is_empty(value))

    def _on_language_changed(self) -> None:
        if self._draft is not None:
            self.show_draft(self._draft)

    def _words(self, name: str, value: object) -> str:
        if is_empty(value):
            return ""
        if value is True:
            return self._language.say(f"field_{name}")
        return self._language.say("comma").join(value) if isinstance(value, tuple) else str(value)

    def _remove(self, name: str) -> None:
        if self._draft is None:
            return
        if self._draft.origins.get(name) is Origin.SUGGESTED:
            self.rejected.emit(name)
        else:
            self.typed.emit(name, get_field(TicketContent(), name))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, grown(GRID * 8))
