"""A line of figures, each of which opens what is behind it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ui.look.style import GRID


class FiguresRow(QWidget):
    """``opened`` carries the number of the figure that was asked for."""

    opened = Signal(int)

    def __init__(self, amount: int = 0) -> None:
        """``amount`` = how many there are at most; those made later come last by Tab."""
        super().__init__()
        self.figures: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID * 4)
        self._row.addStretch(1)
        for number in range(amount):
            self._add(number)

    def show_figures(self, words: Sequence[str], tip: str) -> None:
        """Show these, an empty one not at all; ``tip`` says what a click brings."""
        while len(self.figures) < len(words):
            self._add(len(self.figures))
        for number, figure in enumerate(self.figures):
            said = words[number] if number < len(words) else ""
            figure.setText(said)
            figure.setToolTip(tip)
            figure.setAccessibleName(" · ".join(part for part in (said, tip) if part))
            figure.setVisible(bool(said))

    def _add(self, number: int) -> None:
        figure = QPushButton(self)
        figure.setProperty("link", "true")
        figure.setCursor(Qt.CursorShape.PointingHandCursor)
        figure.clicked.connect(lambda: self.opened.emit(number))
        self.figures.append(figure)
        figure.hide()
        self._row.insertWidget(number, figure)
