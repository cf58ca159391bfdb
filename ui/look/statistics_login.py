"""A line in which somebody logs in at the centre; nothing of it is kept."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit

from resources.texts import text
from ui.look.composition import Line
from ui.look.controls import KeyButton
from ui.look.language import Language
from ui.look.style import GRID


class StatisticsLogin(QFrame):
    """``asked`` carries address, name and password."""

    asked = Signal(str, str, str)

    def __init__(self, language: Language, title: str = "log_in_title") -> None:
        """``title`` = the key of the sentence that says as whom."""
        super().__init__()
        self._title_key = title
        self.setObjectName("panel")
        self._language = language
        self._title = QLabel()
        self._title.setObjectName("fieldLabel")
        self.address, self.name, self.password = Line(), Line(), Line()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self._go, self._cancel = KeyButton(kind="main"), KeyButton(kind="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 2)
        row.setSpacing(GRID * 2)
        row.addWidget(self._title)
        for line, stretch in ((self.address, 2), (self.name, 1), (self.password, 1)):
            row.addWidget(line, stretch)
            line.returnPressed.connect(self._ask)
        row.addWidget(self._go)
        row.addWidget(self._cancel)
        self._go.clicked.connect(self._ask)
        self._cancel.clicked.connect(self.hide)
        language.changed.connect(self._show_words)
        self._show_words()
        self.hide()

    def begin(self, address: str) -> None:
        """Show the line; ``address`` is the centre's, as far as it is known."""
        self.address.setText(address)
        self.show()
        (self.name if address else self.address).setFocus()

    def _ask(self) -> None:
        url, name, password = self.address.text(), self.name.text(), self.password.text()
        if url and name and password:
            self.password.clear()
            self.asked.emit(url, name, password)

    def _show_words(self) -> None:
        def say(key: str) -> str:
            return text(f"statistics.{key}", self._language.code)

        self._title.setText(say(self._title_key))
        self._go.set_label(say("log_in"))
        self._cancel.set_label(say("cancel"))
        for line, key in (
            (self.address, "address"),
            (self.name, "log_in_name"),
            (self.password, "log_in_password"),
        ):
            line.setPlaceholderText(say(key))
            line.setAccessibleName(say(key))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
