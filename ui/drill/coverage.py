"""Which fields of the catalogue somebody has practised: a tile for each, coloured by the best score."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.training.attempts import PASS_MARK
from ui.drill.cases_model import category_name
from ui.look.appearance import Appearance
from ui.look.figures_row import FiguresRow
from ui.look.language import Language
from ui.look.sizes import grown
from ui.look.style import BODY, GRID, NOTE, sans

TILE_W, TILE_H, GAP = GRID * 40, GRID * 15, GRID * 2


class CoverageMap(QWidget):
    """Tiles in rows, as many as the width holds. Arrow keys choose one, Return or a click opens it:
    ``opened`` carries its two-digit code."""

    ROLE = QAccessible.Role.Chart

    opened = Signal(str)
    shown = Signal()

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._best: Mapping[str, float | None] = {}
        self.current = -1
        self.setObjectName("formBody")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        language.changed.connect(self._describe)
        appearance.changed.connect(self._describe)
        self._describe()

    def show_coverage(self, best: Mapping[str, float | None]) -> None:
        """The best total by two-digit code; ``None`` = never tried."""
        self._best = best
        self.current = min(self.current, len(best) - 1)
        self._describe()
        self.shown.emit()

    @property
    def covered(self) -> int:
        """How many fields have been passed."""
        return len(self.by_standing()[0])

    def by_standing(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The codes of the fields that were passed, tried only, and never tried."""
        passed, tried, never = list[str](), list[str](), list[str]()
        for code, total in self._best.items():
            (never if total is None else passed if total >= PASS_MARK else tried).append(code)
        return tuple(passed), tuple(tried), tuple(never)

    def words(self, code: str) -> str:
        """What a tile says under its name."""
        total = self._best.get(code)
        if total is None:
            return self._language.say("drill.never_tried")
        return self._language.say("drill.best_total", total=f"{total:.0f}")

    def _describe(self) -> None:
        name = self._language.say("drill.view_coverage")
        if self.current >= 0:
            code = list(self._best)[self.current]
            name = f"{name}，{category_name(code)}，{self.words(code)}"
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            self._language.say("drill.covered", n=self.covered, of=len(self._best))
        )
        self.updateGeometry()
        self.update()

    def _columns(self) -> int:
        return max(1, (self.width() + GAP) // (grown(TILE_W) + GAP))

    def sizeHint(self) -> QSize:
        rows = -(-len(self._best) // self._columns())
        return QSize(grown(TILE_W) * 3, rows * (grown(TILE_H) + GAP))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns(),
            Qt.Key.Key_Down: self._columns(),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._choose(self.current + steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self.opened.emit(list(self._best)[self.current])
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at(event.position())
        shape = Qt.CursorShape.PointingHandCursor if over >= 0 else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and number >= 0:
            self._choose(number)
            self.opened.emit(list(self._best)[number])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._choose(max(0, self.current))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _choose(self, number: int) -> None:
        if not 0 <= number < len(self._best):
            return
        self.current = number
        self._describe()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    def _at(self, point: QPointF) -> int:
        """The tile under a point; -1 beside all."""
        for number in range(len(self._best)):
            if self._tile(number).contains(point):
                return number
        return -1

    def _tile(self, number: int) -> QRectF:
        columns = self._columns()
        width = (self.width() - GAP * (columns - 1)) / columns
        row, column = divmod(number, columns)
        return QRectF(
            column * (width + GAP) + 0.5,
            row * (grown(TILE_H) + GAP) + 0.5,
            width - 1,
            grown(TILE_H) - 1,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), self._appearance.roles
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (code, total) in enumerate(self._best.items()):
            tile = self._tile(number)
            role = "panel" if total is None else "ok_soft" if total >= PASS_MARK else "warn_soft"
            edge = "line" if total is None else "ok" if total >= PASS_MARK else "warn"
            pen = QPen(roles.color(edge))
            pen.setStyle(Qt.PenStyle.DashLine if total is None else Qt.PenStyle.SolidLine)
            if self.hasFocus() and number == self.current:
                pen = QPen(roles.color("accent"), 2)
            painter.setPen(pen)
            painter.setBrush(QColor(roles.color(role)))
            painter.drawRoundedRect(tile, 6, 6)
            inner = tile.adjusted(GRID * 3, GRID * 2, -GRID * 3, -GRID * 2)
            painter.setFont(sans(BODY, bold=total is not None))
            painter.setPen(roles.color("ink" if total is not None else "muted"))
            name = painter.fontMetrics().elidedText(
                category_name(code), Qt.TextElideMode.ElideRight, int(inner.width())
            )
            painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
            painter.setFont(sans(NOTE))
            painter.setPen(roles.color("muted" if total is None else edge))
            painter.drawText(
                inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, self.words(code)
            )


class CoverageView(QWidget):
    """The map under its totals. ``opened`` carries the codes of the fields behind a total, and whether
    only drills that passed are behind it."""

    opened = Signal(object, bool)

    def __init__(self, language: Language, coverage: CoverageMap) -> None:
        super().__init__()
        self._language, self._coverage = language, coverage
        self.figures = FiguresRow(3)
        area = QScrollArea()
        area.setWidget(coverage)
        area.setWidgetResizable(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(self.figures)
        column.addWidget(area, 1)
        self.figures.opened.connect(self._on_opened)
        coverage.shown.connect(self._show)
        language.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        say, standing = self._language.say, self._coverage.by_standing()
        of = sum(map(len, standing))
        passed, tried, never = (len(codes) for codes in standing)
        figures = [
            say("drill.covered", n=passed, of=of),
            say("drill.covered_tried", n=tried) if tried else "",
            say("drill.covered_never", n=never) if never else "",
        ]
        self.figures.show_figures(figures, say("drill.figure_open"))

    def _on_opened(self, number: int) -> None:
        self.opened.emit(self._coverage.by_standing()[number], number == 0)
