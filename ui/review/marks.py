"""What is marked beside the waveforms: kinds of marks, how each is painted, and their legend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.sizes import grown
from ui.look.style import GRID, NOTE, Roles, sans

ROW = GRID * 5
"""Height of a row of marks, and of a line of the legend."""
WIDE = 11
"""Pixels that a mark takes."""
REACH = 8
"""Pixels around a mark that count as the mark."""
_GAP = GRID * 4


@dataclass(frozen=True, slots=True)
class MarkLook:
    """Which row a kind stands in, its colour role, and its outline about (0, 0)."""

    row: int
    role: str
    outline: tuple[tuple[float, float], ...]
    filled: bool = True


_UP = ((-5.0, 4.5), (5.0, 4.5), (0.0, -4.5))
_SQUARE = ((-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0))
_DIAMOND = ((0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0))
_DOWN = ((-5.0, -4.5), (5.0, -4.5), (0.0, 4.5))
_RIBBON = ((-4.0, -5.0), (4.0, -5.0), (4.0, 5.0), (0.0, 1.5), (-4.0, 5.0))
LOOKS: Mapping[str, MarkLook] = {
    "proof": MarkLook(0, "accent", _UP),
    "rule": MarkLook(0, "warn", _UP),
    "remark": MarkLook(0, "ok", _UP),
    "typed": MarkLook(1, "accent", _SQUARE),
    "accepted": MarkLook(1, "ok", _DIAMOND),
    "rejected": MarkLook(1, "bad", _DOWN),
    "taken_back": MarkLook(1, "muted", _SQUARE, filled=False),
    "cited": MarkLook(1, "caller", _RIBBON),
}
"""Every kind of mark, in the order of the legend; colour never tells two of a row apart alone."""
ROWS = ("found", "done")
"""Above what was said and found, below what the operator did."""


def paint_mark(painter: QPainter, roles: Roles, kind: str, x: float, y: float) -> None:
    """A mark about a point."""
    look = LOOKS[kind]
    colour = roles.color(look.role)
    painter.setPen(Qt.PenStyle.NoPen if look.filled else QPen(colour, 1.5))
    painter.setBrush(colour if look.filled else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in look.outline]))


class MarkLegend(QWidget):
    """Names the kinds of marks that a call has, on as many lines as they need."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._kinds: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        language.changed.connect(self._fit)
        appearance.changed.connect(self._fit)

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in it."""
        return tuple(self._language.say(f"review.mark_{kind}") for kind in self._kinds)

    def show_kinds(self, kinds: Collection[str]) -> None:
        """Name these."""
        self._kinds = tuple(kind for kind in LOOKS if kind in kinds)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(320, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), self._appearance.roles
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sans(NOTE))
        for kind, word, box in self._boxes():
            paint_mark(painter, roles, kind, box.left() + WIDE / 2, box.center().y())
            painter.setPen(roles.color("muted"))
            words = box.adjusted(WIDE + GRID, 0, GRID, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, word)

    def _boxes(self) -> list[tuple[str, str, QRectF]]:
        metrics, found = QFontMetricsF(sans(NOTE)), []
        x = y = 0.0
        for kind, word in zip(self._kinds, self.words, strict=True):
            wide = WIDE + GRID + metrics.horizontalAdvance(word)
            if x and x + wide > self.width():
                x, y = 0.0, y + grown(ROW)
            found.append((kind, word, QRectF(x, y, wide, grown(ROW))))
            x += wide + _GAP
        return found

    def _fit(self) -> None:
        boxes = self._boxes()
        self.setFixedHeight(round(boxes[-1][2].bottom()) if boxes else 0)
        self.setAccessibleName(self._language.say("comma").join(self.words))
        self.update()
