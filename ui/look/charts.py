"""Charts painted with the theme's roles: columns over days or hours, bars in a list.

Painted by hand: Qt's own charts are not for a permissive licence, and a plotting library would bring a
look, fonts and mouse behaviour of its own. Every column and bar can be reached by key and is spoken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.look.appearance import Appearance
from ui.look.cards import Index
from ui.look.sizes import grow, grown
from ui.look.style import BODY, GRID, NOTE, sans

AXIS_W, AXIS_H = GRID * 10, GRID * 6
ROW_H = GRID * 9
DATA = Qt.ItemDataRole.UserRole.value + 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its mark on the axis, parts from the bottom up as (value, colour role), its words."""

    mark: str
    parts: tuple[tuple[float, str], ...]
    spoken: str
    names: tuple[str, ...] = ()
    """The parts in words, where one can be opened by itself."""

    @property
    def whole(self) -> float:
        """The height."""
        return sum(value for value, _ in self.parts)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: name, length, what stands at the right, and in which colour role it is drawn."""

    name: str
    value: float
    words: str
    note: str = ""
    role: str = "accent"
    whole: float | None = None
    """The length of a full bar; ``None`` = the longest of the list."""

    def spoken(self) -> str:
        """The row in words."""
        return "，".join(part for part in (self.name, self.words, self.note) if part)


class ColumnChart(QWidget):
    """Columns side by side. Left and Right choose one, Up and Down one of its parts; Return or a click
    opens it: ``part_opened`` carries column and part, ``opened`` a column as a whole."""

    ROLE = QAccessible.Role.Chart

    opened = Signal(int)
    part_opened = Signal(int, int)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self.columns: tuple[Column, ...] = ()
        self.least = 1  # so many columns have room, even where there are fewer
        self.current = self.part = -1
        self._name = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        grow(self, setMinimumHeight=GRID * 36)
        appearance.changed.connect(self.update)

    def show_columns(self, name: str, columns: Sequence[Column]) -> None:
        """Show other columns; ``name`` is what the chart shows."""
        self._name = name
        self.columns = tuple(columns)
        self.current, self.part = min(self.current, len(self.columns) - 1), -1
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(grown(GRID * 100), grown(GRID * 44))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sans(NOTE))
        top = _round_up(max((column.whole for column in self.columns), default=0))
        self._paint_scale(painter, top)
        area, wide = self._area(), self._width()
        marks_every = self._marks_every(painter)
        for number, column in enumerate(self.columns):
            left = area.left() + number * wide
            if number == self.current and (self.hasFocus() or self.underMouse()):
                ground = QRectF(left, area.top(), wide, area.height())
                painter.fillRect(ground, self._appearance.roles.color("accent_soft"))
            gap = min(GRID, wide * 0.2)
            chosen = self.part if number == self.current else -1
            slot = QRectF(left + gap, 0, wide - 2 * gap, 0)
            self._paint_column(painter, column, slot, top, chosen)
            if number % marks_every == 0:
                painter.setPen(self._appearance.roles.color("muted"))
                spare = grown(GRID * 10)
                below = grown(AXIS_H) - GRID
                rest = QRectF(left - spare, area.bottom() + GRID, wide + 2 * spare, below)
                painter.drawText(rest, int(Qt.AlignmentFlag.AlignHCenter), column.mark)
        if self.hasFocus():
            painter.setPen(QPen(self._appearance.roles.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._choose(self.current + (1 if key == Qt.Key.Key_Right else -1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(0 if key == Qt.Key.Key_Home else len(self.columns) - 1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.current >= 0:
            self._choose_part(1 if key == Qt.Key.Key_Up else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self._open()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        self._choose(number, self._part_at(number, event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and 0 <= number < len(self.columns):
            self._choose(number, self._part_at(number, event.position()))
            self._open()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.current < 0 and self.columns:
            self._choose(len(self.columns) - 1)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _open(self) -> None:
        if self.part >= 0:
            self.part_opened.emit(self.current, self.part)
        else:
            self.opened.emit(self.current)

    def _choose_part(self, step: int) -> None:
        """The next part up or down that is not empty; below the lowest one, the whole column."""
        some = [number for number, (value, _) in enumerate(self.columns[self.current].parts) if value]
        if not some or not self.columns[self.current].names:
            return
        at = some.index(self.part) + step if self.part in some else (0 if step > 0 else -1)
        self._choose(self.current, some[min(at, len(some) - 1)] if at >= 0 else -1)

    def _part_at(self, number: int, point: QPointF) -> int:
        """The part of a column under the pointer; -1 above the column, or where it has only one."""
        if not 0 <= number < len(self.columns) or not self.columns[number].names:
            return -1
        area, top = self._area(), _round_up(max(column.whole for column in self.columns))
        height = (area.bottom() - point.y()) / area.height() * top
        for part, (value, _) in enumerate(self.columns[number].parts):
            if 0 <= height < value:
                return part
            height -= value
        return -1

    def _choose(self, number: int, part: int = -1) -> None:
        number = max(0, min(number, len(self.columns) - 1))
        if not self.columns or (number, part) == (self.current, self.part):
            return
        self.current, self.part = number, part
        column = self.columns[number]
        words = column.names[part] if 0 <= part < len(column.names) else column.spoken
        self.setToolTip(words)
        self.setAccessibleName(f"{self._name}，{words}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
        self.update()

    def _area(self) -> QRectF:
        left, under = grown(AXIS_W), grown(AXIS_H) + GRID * 3
        wide, high = self.width() - left - GRID * 3, self.height() - under
        return QRectF(left, GRID * 2, max(1, wide), max(1, high))

    def _width(self) -> float:
        return self._area().width() / max(1, self.least, len(self.columns))

    def _at(self, point: QPointF) -> int:
        return int((point.x() - self._area().left()) // self._width())

    def _marks_every(self, painter: QPainter) -> int:
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(c.mark) for c in self.columns), default=0) + GRID * 3
        return max(1, -int(-widest // max(1.0, self._width())))

    def _paint_scale(self, painter: QPainter, top: float) -> None:
        area, roles = self._area(), self._appearance.roles
        for step in range(5):
            y = area.bottom() - area.height() * step / 4
            painter.setPen(QPen(roles.color("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(roles.color("muted"))
            high = grown(GRID * 4)
            cell = QRectF(0, y - high / 2, grown(AXIS_W) - GRID * 2, high)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(cell, int(align), _short(top * step / 4))

    def _paint_column(
        self, painter: QPainter, column: Column, slot: QRectF, top: float, chosen: int
    ) -> None:
        area, bottom = self._area(), self._area().bottom()
        ink = QPen(self._appearance.roles.color("ink"), 2)
        for part, (value, role) in enumerate(column.parts):
            height = area.height() * value / top if top else 0
            painter.setPen(ink if part == chosen else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(self._appearance.roles.color(role))
            painter.drawRect(QRectF(slot.left(), bottom - height, slot.width(), height))
            bottom -= height


class BarDelegate(QStyledItemDelegate):
    """Draws a ``Bar``: name and words on one line, the bar under them."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, grown(ROW_H))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        bar, roles = index.data(DATA), self._appearance.roles
        if not isinstance(bar, Bar):
            return
        rect = QRectF(option.rect)
        chosen = option.state & QStyle.StateFlag.State_HasFocus
        over = option.state & QStyle.StateFlag.State_MouseOver
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or over:
            path = QPainterPath()
            path.addRoundedRect(rect.adjusted(4, 1, -4, -1), 6, 6)
            painter.fillPath(path, roles.color("accent_soft" if chosen else "window"))
        line = rect.adjusted(GRID * 4, 4, -GRID * 4, -12)
        painter.setFont(sans(BODY))
        middle = Qt.AlignmentFlag.AlignVCenter
        words = QFontMetrics(sans(BODY)).horizontalAdvance(bar.words)
        painter.setPen(roles.color("ink"))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | middle), bar.words)
        painter.setFont(sans(NOTE))
        noted = QFontMetrics(sans(NOTE)).horizontalAdvance(bar.note) + (GRID * 2 if bar.note else 0)
        painter.setPen(roles.color("muted"))
        beside = line.adjusted(0, 0, -words - GRID * 2, 0)
        painter.drawText(beside, int(Qt.AlignmentFlag.AlignRight | middle), bar.note)
        painter.setFont(sans(BODY))
        painter.setPen(roles.color("ink"))
        room = line.width() - words - noted - GRID * 4
        name = QFontMetrics(sans(BODY)).elidedText(bar.name, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | middle), name)
        whole = bar.whole or index.data(DATA + 1) or 1.0
        track = QRectF(line.left(), rect.bottom() - 9, line.width(), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(roles.color("line"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(roles.color(bar.role))
        track.setWidth(max(3.0, track.width() * min(1.0, bar.value / whole)))
        painter.drawRoundedRect(track, 2, 2)
        painter.restore()


class BarList(QListView):
    """Bars below each other. Arrow keys choose, Return or a click opens one."""

    opened = Signal(int)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._rows = QStandardItemModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(BarDelegate(appearance, self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.activated.connect(lambda index: self.opened.emit(index.row()))
        self.clicked.connect(lambda index: self.opened.emit(index.row()))
        appearance.changed.connect(self.scheduleDelayedItemsLayout)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show other bars."""
        self._rows.clear()
        longest = max((bar.value for bar in bars), default=0.0)
        for bar in bars:
            item = QStandardItem(bar.spoken())
            item.setData(bar, DATA)
            item.setData(longest, DATA + 1)
            item.setToolTip(bar.spoken())
            self._rows.appendRow(item)
        grow(self, setFixedHeight=max(1, len(bars)) * ROW_H + GRID)

    def bar(self, row: int) -> Bar:
        """A bar that is shown."""
        found: Bar = self._rows.item(row).data(DATA)
        return found

    def count(self) -> int:
        """How many bars are shown."""
        return self._rows.rowCount(QModelIndex())


def _round_up(value: float) -> float:
    """The next round number for the top of a scale, at least 4."""
    step = 4.0
    while step < value:
        step *= 2.5 if str(step)[0] == "4" else 2.0
    return step


def _short(value: float) -> str:
    """``12000`` as ``12k``, ``2.5`` as it is."""
    if value >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:g}"
