"""The small parts every panel is made of: panels, buttons that show their key, chips, labels."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.look.dress import dressed
from ui.look.sizes import grow, grown
from ui.look.style import GRID

BAR = GRID * 3
"""How wide a scroll bar is. It stands in the margin of its panel, so that edges stay where they are."""
KEY = "key"
"""The property of a widget that holds the key its tooltip tells."""


def tone(widget: QWidget, **properties: object) -> None:
    """Set properties the style sheet selects by, and let it look again."""
    if all(widget.property(name) == value for name, value in properties.items()):
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    if not dressed() or not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return  # it will be looked at for the first time
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    for child in widget.findChildren(QLabel, options=Qt.FindChildOption.FindDirectChildrenOnly):
        child.style().unpolish(child)
        child.style().polish(child)


def keep_bar(area: QAbstractScrollArea) -> None:
    """Keep the room of the vertical scroll bar also while there is nothing to scroll."""
    bar = area.verticalScrollBar()
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    bar.rangeChanged.connect(lambda: _show_idle(bar))
    _show_idle(bar)


def _show_idle(bar: QScrollBar) -> None:
    if shiboken6.isValid(bar):  # a list that ends tells once more of its range
        tone(bar, idle=bar.minimum() == bar.maximum())


class _Reach(QHBoxLayout):
    """Reaches into the margin at the right; takes no room while what it holds is hidden."""

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place.adjusted(0, 0, BAR, 0))

    def maximumSize(self) -> QSize:
        return QSize(0, 0) if self.isEmpty() else super().maximumSize()


def with_bar(area: QAbstractScrollArea) -> QHBoxLayout:
    """A list or table for a panel's column: its scroll bar reaches into the margin of the panel."""
    keep_bar(area)
    row = _Reach()
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(area)
    return row


def tell_key(widget: QWidget, words: str, key: QKeySequence) -> None:
    """Say in a widget's tooltip what it is and by which key."""
    shown = key.toString().replace("Return", "Enter")
    widget.setProperty(KEY, shown)
    widget.setToolTip(f"{words} · {shown}" if shown else "")


_SIGNS = {"Return": "↵", "Left": "←", "Right": "→"}


def _signs(key: str) -> str:
    """A key as its cap shows it."""
    held, plus, last = key.rpartition("+")
    return held + plus + _SIGNS.get(last, last)


def note(text: str = "") -> QLabel:
    """A small grey label."""
    label = QLabel(text)
    label.setObjectName("note")
    return label


class ElidedLabel(QLabel):
    """One line that ends in … where the room ends; the whole text is its tooltip then."""

    def setText(self, text: str) -> None:
        """Show a text."""
        super().setText(text)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        return QSize(grown(GRID * 6), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics = QFontMetrics(self.font())
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()) | Qt.TextFlag.TextSingleLine, shown)


class SpareLabel(QLabel):
    """A hint that is shown whole or, where the room is too small, not at all."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.width() >= self.sizeHint().width():
            super().paintEvent(event)


class KeyButton(QPushButton):
    """A button that carries its key in a small box. ``clicked`` also follows the key."""

    def __init__(self, key: str = "", kind: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self._shortcut = QShortcut(self)
        # Not setShortcut: that waits 100 ms to show the button go down.
        self._shortcut.activated.connect(self.click)
        self._label = QLabel()
        self._label.setObjectName("buttonLabel")
        self._cap = QLabel()
        self._cap.setObjectName("keycap")
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, 0, GRID * 3, 0)
        row.setSpacing(GRID * 2)
        row.addWidget(self._label, 0, Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._cap, 0, Qt.AlignmentFlag.AlignCenter)
        for label in (self._label, self._cap):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_key(key)

    @property
    def key(self) -> str:
        """The key it obeys; empty = none."""
        return self._shortcut.key().toString()

    def set_key(self, key: str) -> None:
        """Show and obey a key such as ``F8`` or ``Ctrl+Return``; empty = none."""
        self._shortcut.setKey(QKeySequence(key))
        self._cap.setText(_signs(key))
        self._cap.setVisible(bool(key))
        tell_key(self, self.accessibleName(), self._shortcut.key())

    def set_kind(self, kind: str) -> None:
        """Look like another kind of button."""
        tone(self, kind=kind)

    def set_label(self, text: str) -> None:
        """Show a text; it is the accessible name too."""
        self._label.setText(text)
        self.setAccessibleName(text)
        tell_key(self, text, self._shortcut.key())
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.EnabledChange:
            # The labels' style follows a property: Qt does not look again at them for :disabled.
            tone(self, off=not self.isEnabled())

    def sizeHint(self) -> QSize:
        layout = self.layout()
        width = layout.sizeHint().width() if layout is not None else 0
        return QSize(width, grown(GRID * 8))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Chip(QPushButton):
    """One choice among several, or a switch. ``state``: ``off``, ``on`` or ``suggested``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("chip", True)
        self.setProperty("state", "off")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_label(self, text: str) -> None:
        """Show a text; it is the accessible name too."""
        self.setText(text)
        self.setAccessibleName(text)

    def set_state(self, state: str) -> None:
        """Show a state."""
        tone(self, state=state)


class Panel(QFrame):
    """A titled area: head line with title and note, then its content."""

    ROLE = QAccessible.Role.Grouping

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.title = QLabel()
        self.title.setObjectName("head")
        self.note = SpareLabel()
        self.note.setObjectName("note")
        self._bar = head = QWidget()
        head.setObjectName("panelHead")
        self.head = QHBoxLayout(head)
        self.head.setContentsMargins(GRID * 4, GRID, GRID * 4, GRID)
        self.head.setSpacing(GRID * 2)
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        self.head.addWidget(self.note)
        grow(head, setFixedHeight=GRID * 11)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(head)
        column.addLayout(self.content, 1)

    def set_title(self, text: str) -> None:
        """Name the panel, also for screen readers."""
        self.title.setText(text)
        self.setAccessibleName(text)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        before = self._bar  # the keys of the head come before the content, as one reads
        self._bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt orders only what takes the focus
        for place in range(self.head.count()):
            item = self.head.itemAt(place)
            widget = item.widget() if item is not None else None
            if widget is not None and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus:
                QWidget.setTabOrder(before, widget)
                before = widget
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class EmptyNote(QLabel):
    """What a panel says while it has nothing to show; a failure has a sign and a colour of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def setText(self, text: str) -> None:
        """Say what is missing, or that it comes."""
        tone(self, tone="")
        super().setText(text)

    def fail(self, text: str, kind: str = "bad") -> None:
        """Say what went wrong, or with ``warn`` what goes on with less."""
        tone(self, tone=kind)
        super().setText(f"⚠ {text}")


class ChipRow(QWidget):
    """Choices side by side, one of which may hold. Arrow keys move, digits and Space choose.

    Tab accepts a suggestion and moves on, Esc rejects it.
    """

    ROLE = QAccessible.Role.Grouping

    chosen = Signal(object)
    accepted = Signal()
    rejected = Signal()

    def __init__(self, values: tuple[object, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.chips: list[Chip] = []
        self._value: object = None
        self._suggested = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for value in values:
            chip = Chip(self)
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.clicked.connect(lambda _=False, value=value: self._choose(value))
            self.chips.append(chip)
            row.addWidget(chip)
        row.addStretch(1)
        self.hint = SpareLabel()
        self.hint.setObjectName("tabHint")
        self.hint.hide()
        row.addWidget(self.hint)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        grow(self, setFixedHeight=GRID * 8)

    def set_labels(self, name: str, label: Callable[[object], str]) -> None:
        """Name the row and every choice."""
        self.setAccessibleName(name)
        for value, chip in zip(self.values, self.chips, strict=True):
            chip.set_label(label(value))
            chip.setAccessibleDescription(name)

    def show_value(self, value: object, *, suggested: bool) -> None:
        """Show which choice holds; ``None`` = none."""
        self._value, self._suggested = value, suggested and value is not None
        for candidate, chip in zip(self.values, self.chips, strict=True):
            state = "off" if candidate != value else "suggested" if suggested else "on"
            chip.set_state(state)
        self.hint.setVisible(self._suggested)
        held = self.chips[self.values.index(value)].text() if value in self.values else ""
        self.setAccessibleDescription(held)
        self._show_focus()

    def _show_focus(self) -> None:
        """The ring is on the choice that holds, or on the first."""
        at = self.values.index(self._value) if self._value in self.values else 0
        for number, chip in enumerate(self.chips):
            tone(chip, ring=self.hasFocus() and number == at)

    def _choose(self, value: object) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if value == self._value and self._suggested:
            self.accepted.emit()
        else:
            self.chosen.emit(None if value == self._value else value)

    def _step(self, by: int) -> None:
        at = self.values.index(self._value) + by if self._value in self.values else 0
        self.chosen.emit(self.values[at % len(self.values)])

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self._suggested:
            self.accepted.emit()
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        digit = key - Qt.Key.Key_1
        if key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self._step(1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self._step(-1)
        elif 0 <= digit < len(self.values):
            self.chosen.emit(self.values[digit])
        elif key == Qt.Key.Key_Space and self._suggested:
            self.accepted.emit()
        elif key == Qt.Key.Key_Escape and self._suggested:
            self.rejected.emit()
        else:
            super().keyPressEvent(event)
