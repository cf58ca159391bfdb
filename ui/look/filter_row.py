"""Limits of a search side by side: category, issuing body, region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.desk import Choices, Only
from ui.look.style import GRID

if TYPE_CHECKING:
    from ui.look.language import Language

KINDS = ("category", "issuer", "region")
_SHOWN = 20


class FilterRow(QWidget):
    """``changed`` when another limit was chosen."""

    changed = Signal()

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._choices = Choices((), (), ())
        self.boxes = {kind: QComboBox() for kind in KINDS}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID * 2)
        for box in self.boxes.values():
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
            box.setMaxVisibleItems(_SHOWN)
            box.currentIndexChanged.connect(self.changed)
            box.currentTextChanged.connect(box.setToolTip)
            row.addWidget(box, 1)
        language.changed.connect(self._fill)
        self._fill()

    def only(self) -> Only:
        """What is chosen."""
        return Only(**{kind: str(box.currentData() or "") for kind, box in self.boxes.items()})

    def offer(self, choices: Choices) -> None:
        """What can be chosen now; what was chosen stays as long as there is any of it."""
        if choices != self._choices:
            self._choices = choices
            self._fill()

    def clear(self) -> None:
        """Search everywhere again."""
        for box in self.boxes.values():
            box.setCurrentIndex(0)

    def _fill(self) -> None:
        before = self.only()
        choices = self._choices
        names = (choices.categories, choices.issuers, choices.regions)
        for (kind, box), offered in zip(self.boxes.items(), names, strict=True):
            kept = str(getattr(before, kind))
            box.blockSignals(True)
            box.clear()
            box.addItem(self._language.say(f"filter_{kind}"), "")
            for name in offered:
                box.addItem(name, name)
                box.setItemData(box.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
            box.setCurrentIndex(max(0, box.findData(kept)))
            box.setAccessibleName(self._language.say(f"filter_{kind}"))
            box.blockSignals(False)
        if self.only() != before:
            self.changed.emit()
