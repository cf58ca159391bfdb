"""A number on a page: its name, the number itself, a note; it opens the tickets behind it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout

from ui.look.controls import ElidedLabel, tone
from ui.look.style import GRID
from ui.statistics.statistics_words import Number


class NumberCard(QPushButton):
    """A button as large as a card. A number without tickets behind it cannot be pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.number: Number | None = None
        self._name, self._value, self._note = ElidedLabel(), QLabel("…"), ElidedLabel()
        self._name.setObjectName("note")
        self._value.setObjectName("figure")
        self._note.setObjectName("note")
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 3, GRID * 3)
        column.setSpacing(GRID)
        for label in (self._name, self._value, self._note):
            column.addWidget(label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_number(self, number: Number) -> None:
        """Show another number."""
        self.number = number
        self._name.setText(number.name)
        self._value.setText(number.value)
        self._note.setText(number.note)
        tone(self._value, tone=number.tone)
        self.setEnabled(number.behind is not None)
        self.setAccessibleName(f"{number.name} {number.value}")
        self.setAccessibleDescription(number.note)
