"""Text fields that can hold a suggestion: Tab accepts it, Esc rejects it, typing replaces it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QListView, QWidget

from ui.desk.undo import UndoneByDesk
from ui.look.composition import ComposeSafe, Text
from ui.look.controls import tone
from ui.look.dress import wear
from ui.look.style import GRID

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QResizeEvent


class _HoldsSuggestion(UndoneByDesk, ComposeSafe):
    """Mix-in before a Qt text widget with the signals ``accepted`` and ``rejected``: Tab and Esc, and
    the hint that says so. What came in during a composition is shown after it."""

    suggested = False
    accepted: Any
    rejected: Any
    _waiting: tuple[str | None, bool] | None = None

    def show_value(self, value: str | None, *, suggested: bool) -> None:
        """Show the draft's value, unless the operator is composing right now: then afterwards."""
        self._waiting = (value, suggested) if self.composing else None
        if not self.composing:
            self._show_now(value, suggested=suggested)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        if self._waiting is not None and not self.composing:
            value, suggested = self._waiting
            self.show_value(value, suggested=suggested)

    def _show_now(self, value: str | None, *, suggested: bool) -> None:
        raise NotImplementedError

    def _place_hint(self) -> None:
        raise NotImplementedError

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self.suggested and not self.composing:
            self.accepted.emit()
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.suggested and not self.composing:
            self.rejected.emit()
        else:
            super().keyPressEvent(event)  # type: ignore[misc]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)  # type: ignore[misc]
        self._place_hint()


class FieldLine(_HoldsSuggestion, QLineEdit):
    """One line. ``typed`` carries what the operator wrote, ``None`` when it is empty."""

    typed = Signal(object)
    accepted = Signal()
    rejected = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.suggested = False
        self.hint = QLabel(self)
        self.hint.setObjectName("tabHint")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.hide()
        self.textEdited.connect(self._on_text_edited)

    def _show_now(self, value: str | None, *, suggested: bool) -> None:
        self.suggested = suggested and bool(value)
        if self.text() != (value or ""):
            at = self.cursorPosition()
            self.setText(value or "")
            self.setCursorPosition(min(at, len(self.text())) if self.hasFocus() else 0)
        tone(self, suggested=self.suggested)
        self._place_hint()

    def cursor_at(self) -> int:
        """How many characters stand before the cursor."""
        return self.cursorPosition()

    def put_cursor(self, position: int) -> None:
        """Put the cursor behind so many characters, or as near to that as there is text."""
        self.setCursorPosition(max(0, min(position, len(self.text().encode("utf-16-le")) // 2)))

    def _place_hint(self) -> None:
        self.hint.adjustSize()
        text = self.fontMetrics().horizontalAdvance(self.text()) + GRID * 5
        self.hint.setVisible(self.suggested and text + self.hint.width() < self.width())
        room = self.hint.width() + GRID * 3 if self.hint.isVisibleTo(self) else 0
        self.setTextMargins(0, 0, room, 0)
        self.hint.move(
            self.width() - self.hint.width() - GRID * 3, (self.height() - self.hint.height()) // 2
        )

    def _on_text_edited(self, text: str) -> None:
        self.typed.emit(text or None)


class FieldText(_HoldsSuggestion, Text):
    """Several lines, otherwise like ``FieldLine``. Tab leaves the field."""

    typed = Signal(object)
    accepted = Signal()
    rejected = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.suggested = False
        self.setTabChangesFocus(True)
        self.hint = QLabel(self)
        self.hint.setObjectName("tabHint")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.hide()
        self._showing, self._said = False, ""
        self.textChanged.connect(self._on_text_changed)

    def _show_now(self, value: str | None, *, suggested: bool) -> None:
        self.suggested = suggested and bool(value)
        if self.toPlainText() != (value or ""):
            cursor_at = self.textCursor().position()
            self._showing = True
            self.setPlainText(value or "")
            self._showing, self._said = False, self.toPlainText()
            self.put_cursor(cursor_at)
        tone(self, suggested=self.suggested)
        self.hint.setVisible(self.suggested)
        self._place_hint()

    def cursor_at(self) -> int:
        """How many characters stand before the cursor."""
        return self.textCursor().position()

    def put_cursor(self, position: int) -> None:
        """Put the cursor behind so many characters, or as near to that as there is text."""
        self.end_composition()
        cursor = self.textCursor()
        cursor.setPosition(max(0, min(position, self.document().characterCount() - 1)))
        self.setTextCursor(cursor)

    def _place_hint(self) -> None:
        self.hint.adjustSize()
        self.hint.move(
            self.width() - self.hint.width() - GRID * 3, self.height() - self.hint.height() - GRID
        )

    def _on_text_changed(self) -> None:
        text = self.toPlainText()
        if not self._showing and not self.composing and text != self._said:
            self._said = text  # Qt also calls half-typed text that is given up a change
            self.typed.emit(text or None)


Find = Callable[[str], Sequence[tuple[str, Any]]]
"""A typed query → (label, value) pairs, best first; must answer at once."""


class PickerLine(FieldLine):
    """A field whose value is one of many, found as one types. ``picked`` carries the value.

    Text that names nothing is put back when the field is left, so the field never lies.
    """

    picked = Signal(object)

    def __init__(self, find: Find, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._find = find
        self._found: Sequence[tuple[str, Any]] = ()
        self._shown = ""
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(8)
        popup = QListView()
        popup.setObjectName("popup")
        self._completer.setPopup(popup)
        wear(popup)  # which Qt makes a window of its own
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(self._on_activated)  # type: ignore[index]

    @property
    def popup(self) -> QListView:
        """The list under the field."""
        popup = self._completer.popup()
        assert isinstance(popup, QListView)
        return popup

    def show_value(self, value: str | None, *, suggested: bool) -> None:
        """Show the draft's value unless the operator is choosing."""
        self._shown = value or ""
        if not self.popup.isVisible() and not (self.hasFocus() and self.isModified()):
            super().show_value(value, suggested=suggested)

    def _on_text_edited(self, text: str) -> None:
        if not text.strip():
            self.popup.hide()
            self.setModified(False)
            self.picked.emit(None)
            return
        self._found = self._find(text.strip())
        self._names.setStringList([label for label, _ in self._found])
        tone(self, invalid=not self._found, suggested=False)
        self.hint.hide()
        if self._found:
            self._completer.complete()
            self.popup.setCurrentIndex(self._names.index(0))
        else:
            self.popup.hide()

    def _on_activated(self, index: QModelIndex) -> None:
        self._take(index.row())

    def _take(self, row: int) -> None:
        if 0 <= row < len(self._found):
            label, value = self._found[row]
            self.popup.hide()
            self.setModified(False)
            self.setText(label)
            self.picked.emit(value)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.setModified(False)
            tone(self, invalid=False)
            super().show_value(self._shown, suggested=self.suggested)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified() and not self.composing:
            self.setModified(False)
            tone(self, invalid=False)
            super().show_value(self._shown, suggested=self.suggested)
        else:
            super().keyPressEvent(event)
