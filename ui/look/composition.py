"""Safety while an input method composes: half-typed pinyin is never a shortcut, Tab or Esc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent


class ComposeSafe:
    """Mix-in before a Qt text widget. ``composing`` is true while there is preedit text."""

    composing = False

    def event(self, event: QEvent) -> bool:
        """Claim every shortcut during composition, so that none fires."""
        if self.composing and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        handled: Any = super().event(event)  # type: ignore[misc]
        return bool(handled)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Stay during composition."""
        return self.composing or bool(super().focusNextPrevChild(forward))  # type: ignore[misc]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving ends the composition."""
        self.composing = False
        super().focusOutEvent(event)  # type: ignore[misc]

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Note whether text is being composed."""
        self.composing = bool(event.preeditString())
        super().inputMethodEvent(event)  # type: ignore[misc]


class Line(ComposeSafe, QLineEdit):
    """One line to write in; Enter ends a composition before it means anything."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.composing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)


class Text(ComposeSafe, QPlainTextEdit):
    """Several lines to write in."""
