"""A row of choices under the top line, by digit, never a dialog: where a call goes on, which break."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.telephone.number import number_of
from ui.desk.banners import EMERGENCY_LINES
from ui.look.composition import Line
from ui.look.controls import Chip, note, tone
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID

TARGETS = (*EMERGENCY_LINES, "lead", "seat", "number")


class ChoiceBar(QWidget):
    """``chosen`` carries one of the choices; ``left`` follows Esc."""

    ROLE = QAccessible.Role.Grouping

    chosen = Signal(str)
    left = Signal()

    def __init__(
        self, language: Language, name: str, choices: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        """The sentences are ``<name>_title``, ``<name>_keys`` and ``<name>_<choice>``."""
        super().__init__(parent)
        self._language, self._name = language, name
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        banner = QFrame()
        banner.setObjectName("banner")
        outer = QHBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, 0)
        outer.addWidget(banner)
        self.row = QHBoxLayout(banner)
        self.row.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 2)
        self.row.setSpacing(GRID * 2)
        self.title = QLabel()
        self.title.setObjectName("bannerTitle")
        self.row.addWidget(self.title)
        self.chips: dict[str, Chip] = {}
        for choice in choices:
            chip = Chip()
            chip.clicked.connect(lambda _=False, choice=choice: self._choose(choice))
            self.row.addWidget(chip)
            self.chips[choice] = chip
        self.row.addStretch(1)
        hint = note()
        self.row.addWidget(hint)
        language.bind(self.title, self.title.setText, f"{name}_title")
        language.bind(hint, hint.setText, f"{name}_keys")
        language.bind(self, self.setAccessibleName, f"{name}_title")
        language.changed.connect(self._say)
        self._say()
        self.hide()

    def ask(self) -> None:
        """Show the choices and take the keys."""
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Choose nothing."""
        if self.isVisible():
            self.hide()
            self.left.emit()

    def show_held(self, choice: str) -> None:
        """Mark the choice that holds; empty = none."""
        for name, chip in self.chips.items():
            chip.set_state("on" if name == choice else "off")

    def _say(self) -> None:
        for number, (choice, chip) in enumerate(self.chips.items(), start=1):
            chip.set_label(f"{number}  {self._language.say(f'{self._name}_{choice}')}")

    def _choose(self, choice: str) -> None:
        self.hide()
        self.chosen.emit(choice)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif 0 <= digit < len(self.chips):
            self._choose(tuple(self.chips)[digit])
        else:
            super().keyPressEvent(event)


class TransferBar(ChoiceBar):
    """``chosen`` carries one of ``TARGETS``, or the number that was typed."""

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(language, "transfer", TARGETS, parent)
        self.line = Line()
        self.line.returnPressed.connect(self._on_number_typed)
        self.line.textEdited.connect(lambda _: tone(self.line, invalid=False))
        grow(self.line, setFixedWidth=GRID * 48)
        self.row.insertWidget(len(TARGETS) + 1, self.line)
        for tell in (self.line.setAccessibleName, self.line.setPlaceholderText):
            language.bind(self.line, tell, "transfer_number_typed")
        self.line.hide()

    def ask(self) -> None:
        """Show the choices and take the keys."""
        self.line.clear()
        self.line.hide()
        super().ask()

    def _choose(self, choice: str) -> None:
        if choice == "number":
            self.line.show()
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super()._choose(choice)

    def _on_number_typed(self) -> None:
        number = number_of(self.line.text())
        tone(self.line, invalid=number is None)
        if number is not None:
            super()._choose(number)
