"""Both sides of a call as waveforms; on the same line of time proofs, comments, edits and citations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.domain.call import Speaker
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.sizes import grown
from ui.look.style import GRID, NOTE, sans
from ui.look.wording import DOT, clock
from ui.review.marks import LOOKS, REACH, ROW, ROWS, WIDE, paint_mark

LABEL = GRID * 16
LANE, MARKS, AXIS = GRID * 10, ROW * len(ROWS) + GRID, GRID * 5
PEAKS_A_SECOND = 10
STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class WaveMark:
    """Something at a second; ``kind`` is one of ``ui.review.marks.LOOKS``."""

    second: float
    kind: str
    words: str


class WaveView(QWidget):
    """``chosen`` carries the second that was clicked or reached by the arrow keys; with Ctrl they go
    from mark to mark."""

    ROLE = QAccessible.Role.Chart

    chosen = Signal(float)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._peaks: dict[Speaker, list[float]] = {speaker: [] for speaker in Speaker}
        self._marks: Sequence[WaveMark] = ()
        self._seconds, self._at = 1.0, 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        language.bind(self, self.setAccessibleName, "review.wave")
        language.changed.connect(self.update)
        appearance.changed.connect(self.update)

    def clear(self, seconds: float) -> None:
        """Another call of this length."""
        self._peaks = {speaker: [] for speaker in Speaker}
        self._marks, self._seconds, self._at = (), max(1.0, seconds), 0.0
        self.update()

    def add_peaks(self, speaker: Speaker, start: float, peaks: Sequence[float]) -> None:
        """A stretch of one side, tenths of a second from 0 to 1."""
        known, first = self._peaks[speaker], round(start * PEAKS_A_SECOND)
        known.extend([0.0] * (first + len(peaks) - len(known)))
        known[first : first + len(peaks)] = [float(one) for one in peaks]
        self.update()

    def show_marks(self, marks: Sequence[WaveMark]) -> None:
        """What else happened, and when."""
        self._marks = marks
        self.update()

    def choose(self, second: float) -> None:
        """Move the line to a second."""
        self._at = min(max(0.0, second), self._seconds)
        here = [mark.words for mark in self._marks if abs(mark.second - self._at) < 0.05]
        self.setAccessibleDescription(DOT.join((clock(self._at), *here)))
        self.update()

    @property
    def second(self) -> float:
        """Where the line stands."""
        return self._at

    def _width(self) -> int:
        return max(1, self.width() - grown(LABEL) - GRID)

    def _x(self, second: float) -> float:
        return grown(LABEL) + second / self._seconds * self._width()

    def _row(self, number: int) -> float:
        """The middle of a row of marks."""
        return grown(AXIS) + 2 * grown(LANE) + GRID + grown(ROW) * (number + 0.5)

    def _spots(self) -> list[tuple[WaveMark, float, float]]:
        """Every mark with its place; of two that would cover each other the earlier one gives way."""
        spots: list[tuple[WaveMark, float, float]] = []
        taken: dict[int, float] = {}
        for mark in sorted(self._marks, key=lambda one: -one.second):
            row, x = LOOKS[mark.kind].row, self._x(min(mark.second, self._seconds))
            if taken.get(row, x + WIDE) - x < WIDE / 2:
                x = max(float(LABEL), taken[row] - WIDE)  # never over the names of the rows
            taken[row] = x
            spots.append((mark, x, self._row(row)))
        return spots

    def mark_at(self, x: float, y: float) -> WaveMark | None:
        """The mark under a point."""
        near = [
            (abs(at - x), mark) for mark, at, row in self._spots() if abs(row - y) <= grown(ROW) / 2
        ]
        far, mark = min(near, key=lambda one: one[0], default=(REACH, None))
        return mark if far < REACH else None

    # -- painting --------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(480, grown(AXIS) + 2 * grown(LANE) + grown(MARKS))

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), self._appearance.roles
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sans(NOTE))
        for number, (speaker, role) in enumerate(
            ((Speaker.OPERATOR, "operator"), (Speaker.CALLER, "caller"))
        ):
            middle = grown(AXIS) + grown(LANE) * (number + 0.5)
            painter.setPen(roles.color(role))
            label = QRectF(0, middle - grown(LANE) / 2, grown(LABEL) - GRID * 2, grown(LANE))
            painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self._language.say(role))
            painter.setPen(roles.color("line"))
            painter.drawLine(QPointF(grown(LABEL), middle), QPointF(self.width(), middle))
            self._paint_lane(painter, self._peaks[speaker], middle, role)
        self._paint_axis(painter)
        for number, name in enumerate(ROWS):
            painter.setPen(roles.color("muted"))
            label = QRectF(0, self._row(number) - grown(ROW) / 2, grown(LABEL) - GRID * 2, grown(ROW))
            words = self._language.say(f"review.marks_{name}")
            painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, words)
        for mark, x, y in self._spots():
            paint_mark(painter, roles, mark.kind, x, y)
        painter.setPen(QPen(roles.color("bad"), 1.5))
        x = self._x(self._at)
        painter.drawLine(QPointF(x, grown(AXIS) - GRID), QPointF(x, self.height()))
        if self.hasFocus():
            painter.setPen(QPen(roles.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_lane(self, painter: QPainter, peaks: Sequence[float], middle: float, role: str) -> None:
        if not peaks:
            return
        painter.setPen(QPen(self._appearance.roles.color(role), 1))
        columns = self._width()
        a_column = self._seconds * PEAKS_A_SECOND / columns
        for column in range(columns):
            first = int(column * a_column)
            loudest = max(peaks[first : max(first + 1, int((column + 1) * a_column))], default=0.0)
            half = min(1.0, loudest * 1.6) * (grown(LANE) / 2 - 3)
            if half > 0.3:
                x = grown(LABEL) + column
                painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))

    def _paint_axis(self, painter: QPainter) -> None:
        least = grown(72) * self._seconds / self._width()
        step = next((s for s in (5, 10, 15, 30, 60, 120, 300, 600) if s >= least), 900)
        painter.setPen(self._appearance.roles.color("muted"))
        for tick in range(0, int(self._seconds) + 1, step):
            box = QRectF(self._x(tick) - grown(30), 0, grown(60), grown(AXIS) - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, clock(tick))

    # -- choosing --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            mark = self.mark_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), mark.words if mark is not None else "", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        mark = self.mark_at(x, y)
        if mark is not None or x >= grown(LABEL):
            self._to(
                mark.second if mark is not None else (x - grown(LABEL)) / self._width() * self._seconds
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        way = ways.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            beyond = [mark.second for mark in self._marks if (mark.second - self._at) * way > 0.05]
            if beyond:
                self._to(min(beyond, key=lambda second: abs(second - self._at)))
        else:
            self._to(self._at + way * STEP_S)

    def _to(self, second: float) -> None:
        self.choose(second)
        self.chosen.emit(self._at)
