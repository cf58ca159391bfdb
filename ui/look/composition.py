"""Safety while an input method composes: half-typed pinyin is never a shortcut, Tab or Esc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QDropEvent, QFocusEvent, QInputMethodEvent, QKeyEvent, QMouseEvent

_MOVES = frozenset(
    (
        *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
        *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
        *(Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter),
    )
)
_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


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
        if self.composing:
            self.drop_half_typed()
        super().focusOutEvent(event)  # type: ignore[misc]

    def drop_half_typed(self) -> None:
        """End the composition; nothing of it becomes text."""
        from PySide6.QtGui import QInputMethodEvent

        self.inputMethodEvent(QInputMethodEvent())

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
    """Several lines to write in.

    Qt measures a line with the half-typed text in it, and forgets that text when the cursor goes to
    another line: steps up and down would put the cursor behind the end of the text, and the next
    insertion would end the program. So whatever moves the cursor ends the composition first.
    """

    def end_composition(self) -> None:
        """Have the input method commit what it can; what is still half-typed then is dropped."""
        if self.composing:
            from PySide6.QtGui import QGuiApplication

            QGuiApplication.inputMethod().commit()
        if self.composing:
            self.drop_half_typed()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        was_composing = self.composing
        super().inputMethodEvent(event)
        if was_composing and not self.composing:
            self._forget_half_typed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = bool(event.modifiers() & _COMMANDS)
        if self.composing and command:
            event.accept()  # as no shortcut fires
            return
        if event.key() in _MOVES:
            self.end_composition()
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.end_composition()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.end_composition()
        super().mouseDoubleClickEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.end_composition()
        super().dropEvent(event)

    def _forget_half_typed(self) -> None:
        """Take half-typed text out of every line."""
        block = self.document().begin()
        while block.isValid():
            layout = block.layout()
            if layout.preeditAreaText():
                layout.setPreeditArea(-1, "")
                self.document().markContentsDirty(block.position(), block.length())
            block = block.next()
