"""What every step of the assistant is: a title, a few words, and its own parts below each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.look.controls import tone
from ui.look.language import Language
from ui.look.style import GRID

MEASURE = GRID * 180
"""Widest line of a step, in pixels."""


class Step(QWidget):
    """``name`` is part of the keys of its sentences. ``finished``: what it is for has happened."""

    finished = Signal()

    name = ""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self.title, self.words = QLabel(), QLabel()
        self.title.setObjectName("title")
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(GRID * 8, GRID * 7, GRID * 8, GRID * 5)
        self.column.setSpacing(GRID * 3)
        for label, key in ((self.title, "title"), (self.words, "words")):
            self.column.addWidget(label)
            language.bind(label, label.setText, f"firstday.{self.name}_{key}")
        self.column.addSpacing(GRID * 3)

    @property
    def first(self) -> QWidget:
        """What gets the focus when the step is shown."""
        raise NotImplementedError

    def enter(self) -> None:
        """It is shown now."""

    def leave(self) -> None:
        """It is shown no longer."""

    def say(self, key: str, **values: object) -> str:
        """A sentence of the assistant."""
        return self._language.say(f"firstday.{key}", **values)

    def add_rows(self, rows: Sequence[tuple[str, QWidget]]) -> None:
        """Named widgets below each other, the names in a column of their own; a widget without a name
        belongs to the one above."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID * 4)
        grid.setVerticalSpacing(GRID * 3)
        grid.setColumnStretch(1, 1)
        for number, (key, widget) in enumerate(rows):
            grid.addWidget(widget, number, 1)
            if not key:
                continue
            label = QLabel()
            label.setObjectName("fieldLabel")
            label.setBuddy(widget)
            grid.addWidget(
                label, number, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            self._language.bind(label, label.setText, key)
            self._language.bind(widget, widget.setAccessibleName, key)
        self.column.addLayout(grid)

    def add_buttons(self, *buttons: QWidget) -> None:
        """Buttons beside each other."""
        row = QHBoxLayout()
        row.setSpacing(GRID * 2)
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        self.column.addLayout(row)


class State(QLabel):
    """One line in words that says where something stands, with the colour of its kind."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setWordWrap(True)
        self.setMinimumHeight(GRID * 5)

    def show_state(self, kind: str, words: str) -> None:
        """``kind``: ok, warn, bad or empty."""
        tone(self, tone=kind)
        self.setText(("● " if kind and words else "") + words)
