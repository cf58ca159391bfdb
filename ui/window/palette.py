"""A line and a list over the desk: find by Chinese, pinyin, initials or English, Enter takes it.

Not a dialog: the call goes on beneath it, Esc or a click elsewhere puts it away, and the focus goes
back to where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from resources.pinyin import PhoneticIndex
from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, Passage
from ui.look.cards_model import CardsModel
from ui.look.composition import ComposeSafe
from ui.look.controls import EmptyNote, note, with_bar
from ui.look.sizes import grown
from ui.look.style import GRID

WIDTH, HEIGHT, TOP = GRID * 150, GRID * 105, GRID * 18
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_OURS = (*_MOVES, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


@dataclass(frozen=True, slots=True)
class Choice:
    """A thing one can take: its name, its key or kind at the right, what it would say or do."""

    name: str
    item: object
    badge: str = ""
    words: str = ""


Extra = Callable[[str], Choice | None]
"""A choice made of what is typed, or none."""


class PaletteLine(ComposeSafe, QLineEdit):
    """Moves and Enter go to the list, unless an input method composes."""

    pressed = Signal(object)
    left = Signal()
    undone = Signal()

    def event(self, event: QEvent) -> bool:
        """No shortcut of the desk on our keys: Ctrl+Enter must not submit from here."""
        ours = isinstance(event, QKeyEvent) and event.key() in _OURS
        if ours and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.composing and event.key() in (*_OURS, Qt.Key.Key_Delete):
            self.pressed.emit(event)
        elif not self.composing and event.matches(QKeySequence.StandardKey.Undo) and not self.text():
            self.undone.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self.left.emit()


class Palette(QFrame):
    """``chosen`` carries an item, and whether to stay for another; ``dropped`` one to be forgotten."""

    chosen = Signal(object, bool)
    dropped = Signal(object)

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._choices: Sequence[Choice] = ()
        self._index = PhoneticIndex(())
        self._extra: Extra | None = None
        self._came_from: QWidget | None = None
        self.line = PaletteLine()
        self.model = CardsModel()
        self.list = CardList(appearance)
        self.list.setModel(self.model)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setProperty("led", True)
        self.title, self.hint, self.empty = QLabel(), note(), EmptyNote()
        self.title.setObjectName("head")
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 2)
        column.addWidget(self.title)
        column.addWidget(self.line)
        column.addLayout(with_bar(self.list), 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.hint)
        self.line.textEdited.connect(self._find)
        self.line.pressed.connect(self._on_pressed)
        self.line.left.connect(self.hide)
        self.list.clicked.connect(self._on_clicked)
        self.hide()

    @property
    def came_from(self) -> QWidget | None:
        """What had the focus before."""
        return self._came_from

    def ask(
        self, title: str, hint: str, nothing: str, choices: Sequence[Choice], extra: Extra | None = None
    ) -> None:
        """Show choices and take the keys; ``nothing`` is said where none fits."""
        if not self.isVisible():
            self._came_from = QApplication.focusWidget()
        self._extra = extra
        self.title.setText(title)
        self.hint.setText(hint)
        self.empty.setText(nothing)
        self.setAccessibleName(title)
        for widget in (self.line, self.list):
            widget.setAccessibleName(title)
        self.line.clear()
        self.show_choices(choices)
        parent = self.parentWidget()
        assert parent is not None
        width = min(grown(WIDTH), parent.width() - GRID * 8)
        self.setGeometry(
            (parent.width() - width) // 2, TOP, width, min(grown(HEIGHT), parent.height() - TOP * 2)
        )
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Other choices for what is typed."""
        self._choices = choices
        self._index = PhoneticIndex(choice.name for choice in choices)
        self._find(self.line.text())

    def close_up(self) -> None:
        """Put it away; the focus goes back."""
        came_from = self._came_from
        self.hide()
        if came_from is not None and isValid(came_from) and came_from.isVisible():
            came_from.setFocus(Qt.FocusReason.PopupFocusReason)

    def _find(self, typed: str) -> None:
        found = self._choices
        if typed.strip():
            by_name = {choice.name: choice for choice in self._choices}
            found = [by_name[name] for name in self._index.search(typed, 50)]
            named, part = set(map(id, found)), typed.strip().lower()
            found += [c for c in self._choices if id(c) not in named and part in c.words.lower()]
        if self._extra is not None and (extra := self._extra(typed.strip())) is not None:
            found = (*found, extra)
        self.model.show_rows((_card(choice), choice.item) for choice in found)
        self.list.setVisible(bool(found))
        self.empty.setVisible(not found)
        if found:
            self.list.setCurrentIndex(self.model.index(0))

    def _on_pressed(self, event: QKeyEvent) -> None:
        row = self.list.currentIndex().row()
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        elif event.key() in _MOVES:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -5}.get(
                Qt.Key(event.key()), 5
            )
            last = self.model.rowCount() - 1
            self.list.setCurrentIndex(self.model.index(max(0, min(last, row + step))))
        elif event.key() == Qt.Key.Key_Delete:
            self.dropped.emit(self.model.item(row))
        else:
            stays = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._take(row, stays)

    def _on_clicked(self, index: QModelIndex) -> None:
        self._take(index.row(), False)

    def _take(self, row: int, stays: bool) -> None:
        item = self.model.item(row)
        if item is None:
            return
        if not stays:
            self.close_up()
        self.chosen.emit(item, stays)


def _card(choice: Choice) -> Card:
    return Card(choice.name, choice.badge, "", (Passage(choice.words),) if choice.words else ())
