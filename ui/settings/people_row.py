"""The settings' row of who works here: log in, lock, log out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.people import Operator
from ui.look.controls import KeyButton
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID
from ui.look.wording import DOT


class PeopleRow(QWidget):
    """Says what was asked for; the window does it."""

    log_in_requested = Signal()
    log_out_requested = Signal()
    lock_requested = Signal()

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._operator: Operator | None = None
        self.who = QLabel()
        self.log_in, self.log_out, self.lock = KeyButton(), KeyButton(), KeyButton()
        grow(self, setFixedHeight=GRID * 8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID * 2)
        row.addWidget(self.who, 1)
        for button, key, asked in (
            (self.log_in, "people.log_in", self.log_in_requested),
            (self.lock, "people.lock", self.lock_requested),
            (self.log_out, "people.log_out", self.log_out_requested),
        ):
            language.bind(button, button.set_label, key)
            button.clicked.connect(asked)
            row.addWidget(button)
        # another button on this page logs in at the centre
        language.bind(self.log_in, self.log_in.setAccessibleDescription, "people.log_in_title")
        language.changed.connect(lambda: self.show_operator(self._operator))
        self.show_operator(None)

    def show_operator(self, operator: Operator | None) -> None:
        """Show who works here."""
        self._operator = operator
        words = [operator.name] if operator else [self._language.say("people.nobody")]
        if operator is not None and operator.offline:
            words.append(self._language.say("people.offline"))
        self.who.setText(DOT.join(words))
        self.log_in.setVisible(operator is None)
        for button in (self.lock, self.log_out):
            button.setVisible(operator is not None)
