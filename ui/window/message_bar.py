"""The bar under the top line that says what happened; never a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from ui.look.controls import KeyButton, tone
from ui.look.language import Language
from ui.look.spoken import announce
from ui.look.style import GRID

GOOD_NEWS_MS = 8000
"""Good news leaves by itself; everything else stays until it is closed or replaced."""
Words = Callable[[], str]


class MessageBar(QWidget):
    """Shows one message at a time, in the language in force, and announces it to screen readers."""

    ROLE = QAccessible.Role.Notification

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: Words | None = None
        self.banner = QFrame()
        self.banner.setObjectName("banner")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.dismiss = KeyButton("", "quiet")
        language.bind(self.dismiss, self.dismiss.set_label, "dismiss")
        self.dismiss.clicked.connect(self.clear)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, 0)
        outer.addWidget(self.banner)
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(GRID * 3, GRID, GRID * 2, GRID)
        row.setSpacing(GRID * 2)
        row.addWidget(self.words, 1)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(GOOD_NEWS_MS)
        self._leaving.timeout.connect(self.clear)
        language.changed.connect(self._say)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown; empty when nothing is."""
        return self.words.text() if self._words is not None else ""

    def show_message(self, kind: str, words: Words) -> None:
        """Show a message; ``kind`` is ``ok``, ``accent``, ``warn`` or ``bad``."""
        self._words = words
        tone(self.banner, tone=kind)
        self._say()
        self.show()
        announce(self, self.words.text())
        if kind in ("ok", "accent"):
            self._leaving.start()
        else:
            self._leaving.stop()

    def take_back(self, words: Words | None) -> None:
        """Take a message away if it is still the one that is shown."""
        if words is not None and self._words is words:
            self.clear()

    def clear(self) -> None:
        """Take the message away."""
        self._words = None
        self._leaving.stop()
        self.hide()

    def _say(self) -> None:
        if self._words is not None:
            self.words.setText(self._words())
            self.setAccessibleName(self.words.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)
