"""Both sides of a call as waveforms, with comments, citations and edits on the same line of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.call import Speaker
from ui.appearance import Appearance
from ui.language import Language
from ui.style import GRID, NOTE, sans
from ui.wording import clock

LABEL = GRID * 16
LANE, MARKS, AXIS = GRID * 10, GRID * 6, GRID * 5
PEAKS_A_SECOND = 10
STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class WaveMark:
    """Something at a second: a comment, a citation, a proof of the ticket. ``role`` is its colour."""

    second: float
    role: str
    words: str


class WaveView(QWidget):
    """``chosen`` carries the second that was clicked or reached by the arrow keys."""

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
        self.setAccessibleDescription(clock(self._at))
        self.update()

    @property
    def second(self) -> float:
        """Where the line stands."""
        return self._at

    def _width(self) -> int:
        return max(1, self.width() - LABEL - GRID)

    def _x(self, second: float) -> float:
        return LABEL + second / self._seconds * self._width()

    # -- painting --------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(480, AXIS + 2 * LANE + MARKS)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), self._appearance.roles
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sans(NOTE))
        for number, (speaker, role) in enumerate(
            ((Speaker.OPERATOR, "operator"), (Speaker.CALLER, "caller"))
        ):
            middle = AXIS + LANE * (number + 0.5)
            painter.setPen(roles.color(role))
            label = QRectF(0, middle - LANE / 2, LABEL - GRID * 2, LANE)
            painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self._language.say(role))
            painter.setPen(roles.color("line"))
            painter.drawLine(QPointF(LABEL, middle), QPointF(self.width(), middle))
            self._paint_lane(painter, self._peaks[speaker], middle, role)
        self._paint_axis(painter)
        top = AXIS + 2 * LANE
        for mark in self._marks:
            x = self._x(mark.second)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(roles.color(mark.role))
            peak = QPolygonF([QPointF(x - 5, top + 14), QPointF(x + 5, top + 14), QPointF(x, top + 5)])
            painter.drawPolygon(peak)
        painter.setPen(QPen(roles.color("bad"), 1.5))
        x = self._x(self._at)
        painter.drawLine(QPointF(x, AXIS - GRID), QPointF(x, self.height()))

    def _paint_lane(self, painter: QPainter, peaks: Sequence[float], middle: float, role: str) -> None:
        if not peaks:
            return
        painter.setPen(QPen(self._appearance.roles.color(role), 1))
        columns = self._width()
        a_column = self._seconds * PEAKS_A_SECOND / columns
        for column in range(columns):
            first = int(column * a_column)
            loudest = max(peaks[first : max(first + 1, int((column + 1) * a_column))], default=0.0)
            half = min(1.0, loudest * 1.6) * (LANE / 2 - 3)
            if half > 0.3:
                x = LABEL + column
                painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))

    def _paint_axis(self, painter: QPainter) -> None:
        step = next(
            (s for s in (5, 10, 15, 30, 60, 120, 300, 600) if s / self._seconds * self._width() >= 72),
            900,
        )
        painter.setPen(self._appearance.roles.color("muted"))
        for tick in range(0, int(self._seconds) + 1, step):
            box = QRectF(self._x(tick) - 30, 0, 60, AXIS - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, clock(tick))

    # -- choosing --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if x >= LABEL:
            near = min(self._marks, key=lambda mark: abs(self._x(mark.second) - x), default=None)
            low = event.position().y() > AXIS + 2 * LANE
            hit = low and near is not None and abs(self._x(near.second) - x) < 8
            second = (x - LABEL) / self._width() * self._seconds
            self.choose(near.second if hit and near is not None else second)
            self.chosen.emit(self._at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -STEP_S, Qt.Key.Key_Right: STEP_S}
        if event.key() in steps:
            self.choose(self._at + steps[Qt.Key(event.key())])
            self.chosen.emit(self._at)
        else:
            super().keyPressEvent(event)
