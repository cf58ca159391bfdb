"""Cards in a list: one delegate draws units and articles alike, from roles of the model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from ui.look.appearance import Appearance
from ui.look.sizes import grown
from ui.look.style import BODY, GRID, NOTE, sans

Index = QModelIndex | QPersistentModelIndex


class CardRole(IntEnum):
    """Item data roles of a card."""

    CARD = Qt.ItemDataRole.UserRole.value + 1
    ITEM = Qt.ItemDataRole.UserRole.value + 2


class Passage(NamedTuple):
    """A paragraph of a card. ``boxed`` = on a soft ground; ``marks`` = (start, end) highlighted."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    boxed: bool = False
    tone: str = "muted"


@dataclass(frozen=True, slots=True)
class Card:
    """What one row shows. ``badge_tone`` is a colour role with a ``_soft`` ground, or empty."""

    title: str
    badge: str = ""
    badge_tone: str = ""
    passages: tuple[Passage, ...] = ()
    details: tuple[Passage, ...] = ()
    chosen: bool = False

    def spoken(self) -> str:
        """The card in words."""
        parts = (self.title, self.badge, *(p.text for p in (*self.passages, *self.details)))
        return "，".join(part for part in parts if part)


EDGE, GAP = GRID * 3, GRID * 2


class CardDelegate(QStyledItemDelegate):
    """Draws ``Card``s; ``details`` are shown for the current row only."""

    def __init__(self, appearance: Appearance, view: QListView) -> None:
        super().__init__(view)
        self._appearance = appearance
        self._view = view

    def _passages(self, card: Card, index: Index) -> tuple[Passage, ...]:
        current = self._view.currentIndex()
        if current.row() == index.row():
            return (*card.details, *card.passages) if card.details else card.passages
        return card.passages

    def _layout(self, passage: Passage, width: int) -> tuple[QTextLayout, float]:
        room = width - (2 * GAP if passage.boxed else 0)
        font, most = sans(BODY if passage.boxed else NOTE), 6 if passage.boxed else 3
        layout, height, ended, last = _lay_out(passage.text, font, room, most)
        if ended < len(layout.text()):
            layout, height, _, _ = _lay_out(_cut(passage.text, last, room, font), font, room, most)
        return layout, height

    def _formats(self, passage: Passage, shown: int) -> list[QTextLayout.FormatRange]:
        formats = []
        for start, end in passage.marks:
            form = QTextLayout.FormatRange()
            form.start, form.length = start, max(0, min(end, shown) - start)
            style = QTextCharFormat()
            style.setBackground(self._appearance.roles.color("highlight"))
            style.setForeground(self._appearance.roles.color("ink"))
            form.format = style
            formats.append(form)
        return formats

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        from PySide6.QtWidgets import QStyle  # dear, and an empty list paints no card

        card = index.data(CardRole.CARD)
        roles = self._appearance.roles
        area: QRect = option.rect.adjusted(0, 0, -1, -GAP)
        current = self._view.currentIndex().row() == index.row()
        led = current and self._view.property("led")  # by a line that has the keys
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus) or bool(led)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        border = roles.accent if card.chosen or focused else roles.frame if current else roles.line
        painter.setPen(QPen(QColor(border), 2 if focused else 1))
        painter.setBrush(QColor(roles.accent_soft if card.chosen else roles.panel))
        painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 6, 6)
        inner = area.adjusted(EDGE, GAP, -EDGE, -GAP)
        top = self._paint_head(painter, card, inner)
        for passage in self._passages(card, index):
            top = self._paint_passage(painter, passage, inner, top)
        painter.restore()

    def _paint_head(self, painter: QPainter, card: Card, inner: QRect) -> int:
        roles, metrics = self._appearance.roles, QFontMetrics(sans(NOTE))
        room = inner.width()
        if card.badge:
            width = metrics.horizontalAdvance(card.badge) + (GAP * 2 if card.badge_tone else 0)
            box = QRect(inner.right() - width, inner.top() + 1, width, grown(GRID * 5))
            if card.badge_tone:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(roles.color(f"{card.badge_tone}_soft"))
                painter.drawRoundedRect(box, 4, 4)
            painter.setPen(roles.color(card.badge_tone or "muted"))
            painter.setFont(sans(NOTE))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, card.badge)
            room -= width + GAP
        painter.setFont(sans(BODY, bold=True))
        painter.setPen(roles.color("ink"))
        title = painter.fontMetrics().elidedText(card.title, Qt.TextElideMode.ElideRight, room)
        line = QRect(inner.left(), inner.top(), room, grown(GRID * 6))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), title)
        return inner.top() + grown(GRID * 6)

    def _paint_passage(self, painter: QPainter, passage: Passage, inner: QRect, top: int) -> int:
        roles = self._appearance.roles
        layout, height = self._layout(passage, inner.width())
        at = QPointF(inner.left(), top + 2)
        if passage.boxed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(roles.color("window"))
            box = QRectF(inner.left(), top + GRID, inner.width(), height + GAP * 2 - 2)
            painter.drawRoundedRect(box, 6, 6)
            at = QPointF(inner.left() + GAP, top + GRID + GAP - 1)
        painter.setPen(roles.color("ink" if passage.boxed else passage.tone))
        layout.draw(painter, at, self._formats(passage, len(layout.text())))
        return top + self._height(passage, height)

    def _height(self, passage: Passage, height: float) -> int:
        return int(height) + (GAP * 3 if passage.boxed else GRID)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        card = index.data(CardRole.CARD)
        if not isinstance(card, Card):
            return super().helpEvent(event, view, option, index)
        whole = (card.title, *(passage.text for passage in (*card.details, *card.passages)))
        QToolTip.showText(event.globalPos(), "\n".join(words for words in whole if words), view)
        return True

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        card = index.data(CardRole.CARD)
        width = self._view.viewport().width()
        inner = width - 1 - 2 * EDGE
        height = grown(GRID * 6) + 3 * GAP
        for passage in self._passages(card, index):
            height += self._height(passage, self._layout(passage, inner)[1])
        return QSize(width, height)


def _lay_out(text: str, font: QFont, room: int, most: int) -> tuple[QTextLayout, float, int, int]:
    """Up to ``most`` lines of a text, their height, where they end and where the last one begins.

    A text that was cut to fit may still want a line more (shaping, fractions of a pixel, signs that
    break lines): that line is left out rather than the text cut again, which might never end.
    """
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    height, ended, last = 0.0, 0, 0
    for _ in range(most):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(room)
        line.setPosition(QPointF(0, height))
        height += line.height() * 1.15
        last, ended = line.textStart(), line.textStart() + line.textLength()
    layout.endLayout()
    return layout, height, ended, last


def _cut(text: str, last: int, room: int, font: QFont) -> str:
    """A text whose last line, which begins at ``last``, ends in … where the room ends."""
    rest = " ".join(text[last:].split())
    return text[:last] + QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, room)


class CardList(QListView):
    """A list of cards. Enter emits ``activated``, Space, Delete and Esc ``key_pressed``."""

    key_pressed = Signal(int)
    left_forward = Signal()

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.setObjectName("cards")  # the card in focus has the ring
        self.setItemDelegate(CardDelegate(appearance, self))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        appearance.changed.connect(self.scheduleDelayedItemsLayout)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.scheduleDelayedItemsLayout()

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward:
            self.left_forward.emit()
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        watched = (Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Escape)
        if event.type() is QEvent.Type.KeyPress and event.key() in watched:
            self.key_pressed.emit(int(event.key()))
            event.accept()
        else:
            super().keyPressEvent(event)
