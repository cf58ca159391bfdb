"""Two talks on one line of time: the trainee above, the model answer below; marks can be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.domain.call import Speaker
from app.domain.draft import Origin
from app.training.record import DrillRecord
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.sizes import grown
from ui.look.style import GRID, NOTE, sans
from ui.look.wording import clock

LABEL = GRID * 22
LANE = GRID * 14
AXIS = GRID * 7
BAR = GRID * 3
STEPS = (5, 10, 15, 30, 60, 120, 300, 600)
TIGHTEST = 72
"""Pixels between two numbers of the axis."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on a lane: from ``start`` to ``end`` seconds, ``row`` 0 (caller) to 2 (ticket)."""

    start: float
    end: float
    row: int
    role: str
    words: str


def marks_of(record: DrillRecord, language: Language) -> tuple[Mark, ...]:
    """What was said and done, as marks."""
    return tuple(_marks(record, language))


def _marks(record: DrillRecord, language: Language) -> Iterator[Mark]:
    for said in record.said:
        caller = said.speaker is Speaker.CALLER
        role = "caller" if caller else "accent"
        yield Mark(said.start, said.end, 0 if caller else 1, role, said.words)
    for filled in record.filled:
        if filled.origin in (Origin.TYPED, Origin.ACCEPTED):
            name = language.say(f"field_{filled.field.replace('.', '_')}")
            yield Mark(filled.second, filled.second, 2, "ok", name)
    for done in record.done:
        known = ("cited", "submitted", "ended", "note", "line_drop", "second_caller", "noise")
        if done.kind in (*known, "server_down", "server_up", "centre_off", "centre_on"):
            words = language.say(f"drill.done_{done.kind}")
            detail = done.detail if done.kind in ("note", "cited", "second_caller") else ""
            role = "ok" if done.kind in ("cited", "submitted", "server_up", "centre_on") else "warn"
            yield Mark(done.second, done.second, 2, role, f"{words} {detail}".strip())


class Timeline(QWidget):
    """``chosen`` carries the second that was clicked or reached by the arrow keys."""

    ROLE = QAccessible.Role.Chart

    chosen = Signal(float)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._lanes: tuple[tuple[str, DrillRecord], ...] = ()
        self._marks: tuple[tuple[Mark, ...], ...] = ()
        self._seconds, self._at = 1.0, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        language.changed.connect(self._refresh)
        appearance.changed.connect(self.update)
        self._refresh()

    @property
    def second(self) -> float:
        """The chosen second."""
        return self._at

    def show_records(self, lanes: tuple[tuple[str, DrillRecord], ...]) -> None:
        """Show these, each with the key of its name."""
        self._lanes, self._at = lanes, 0.0
        self._refresh()

    def choose(self, second: float) -> None:
        """Move the line to a second."""
        self._at = min(max(0.0, second), self._seconds)
        self.setAccessibleDescription(clock(self._at))
        self.update()

    def _refresh(self) -> None:
        self._marks = tuple(marks_of(record, self._language) for _, record in self._lanes)
        self._seconds = max((mark.end for lane in self._marks for mark in lane), default=0.0) + 5.0
        self.setAccessibleName(self._language.say("drill.timeline"))
        self.updateGeometry()
        self.update()

    def _x(self, second: float) -> float:
        return grown(LABEL) + second / self._seconds * max(1, self.width() - grown(LABEL) - GRID * 3)

    def _second(self, x: float) -> float:
        return (x - grown(LABEL)) * self._seconds / max(1, self.width() - grown(LABEL) - GRID * 3)

    def _mark_at(self, x: float, y: float) -> Mark | None:
        lane, row = (
            int((y - grown(AXIS)) // grown(LANE)),
            int((y - grown(AXIS)) % grown(LANE) // (grown(BAR) + GRID)),
        )
        if not 0 <= lane < len(self._marks):
            return None
        near = [
            mark
            for mark in self._marks[lane]
            if mark.row == row and self._x(mark.start) - 4 <= x <= self._x(mark.end) + 4
        ]
        return near[-1] if near else None

    # -- painting --------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(480, grown(AXIS) + grown(LANE) * max(1, len(self._lanes)))

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), self._appearance.roles
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sans(NOTE))
        self._paint_axis(painter)
        for number, (name, _) in enumerate(self._lanes):
            top = grown(AXIS) + number * grown(LANE)
            painter.setPen(roles.color("line"))
            painter.drawLine(0, top, self.width(), top)
            painter.setPen(roles.color("muted"))
            words = QRectF(0, top, grown(LABEL) - GRID * 2, grown(LANE))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._language.say(name))
            for mark in self._marks[number]:
                self._paint_mark(painter, mark, top + GRID)
        painter.setPen(QPen(roles.color("bad"), 1.5))
        x = self._x(self._at)
        painter.drawLine(int(x), grown(AXIS) - GRID, int(x), self.height())
        if self.hasFocus():
            painter.setPen(QPen(roles.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_axis(self, painter: QPainter) -> None:
        roles = self._appearance.roles
        wide = grown(TIGHTEST) * self._seconds / max(1, self.width() - grown(LABEL))
        step = next((step for step in STEPS if step >= wide), STEPS[-1])
        for tick in range(0, int(self._seconds) + 1, step):
            x = self._x(tick)
            painter.setPen(roles.color("line"))
            painter.drawLine(int(x), grown(AXIS) - GRID, int(x), self.height())
            painter.setPen(roles.color("muted"))
            room = QRectF(x - grown(30), 0, grown(60), grown(AXIS) - GRID)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, clock(tick))

    def _paint_mark(self, painter: QPainter, mark: Mark, top: float) -> None:
        color = QColor(self._appearance.roles.color(mark.role))
        y = top + mark.row * (grown(BAR) + GRID)
        left, right = self._x(mark.start), self._x(mark.end)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        if right - left >= 3:
            painter.drawRoundedRect(QRectF(left, y, right - left, grown(BAR)), 3, 3)
        else:
            painter.drawEllipse(QRectF(left - grown(BAR) / 2, y, grown(BAR), grown(BAR)))

    # -- choosing --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        if x >= grown(LABEL):
            mark = self._mark_at(x, y)
            self.choose(mark.start if mark else self._second(x))
            self.chosen.emit(self._at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1.0, Qt.Key.Key_Right: 1.0}
        if event.key() in steps:
            self.choose(self._at + steps[Qt.Key(event.key())])
            self.chosen.emit(self._at)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            mark = self._mark_at(event.pos().x(), event.pos().y())
            QToolTip.showText(
                event.globalPos(), f"{clock(mark.start)}  {mark.words}" if mark else "", self
            )
            return True
        return super().event(event)
