"""Which fields of the catalogue somebody has practised: a tile for each, coloured by the best score."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.training.attempts import PASS_MARK
from ui.appearance import Appearance
from ui.drill.cases_model import category_name
from ui.language import Language
from ui.style import BODY, GRID, NOTE, sans

TILE_W, TILE_H, GAP = GRID * 40, GRID * 15, GRID * 2


class CoverageMap(QWidget):
    """Tiles in rows, as many as the width holds."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._best: Mapping[str, float | None] = {}
        self.setObjectName("formBody")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        language.changed.connect(self._describe)
        appearance.changed.connect(self.update)
        self._describe()

    def show_coverage(self, best: Mapping[str, float | None]) -> None:
        """The best total by two-digit code; ``None`` = never tried."""
        self._best = best
        self._describe()

    @property
    def covered(self) -> int:
        """How many fields have been passed."""
        return sum(1 for total in self._best.values() if total is not None and total >= PASS_MARK)

    def words(self, code: str) -> str:
        """What a tile says under its name."""
        total = self._best.get(code)
        if total is None:
            return self._language.say("drill.never_tried")
        return self._language.say("drill.best_total", total=f"{total:.0f}")

    def _describe(self) -> None:
        self.setAccessibleName(self._language.say("drill.view_coverage"))
        self.setAccessibleDescription(
            self._language.say("drill.covered", n=self.covered, of=len(self._best))
        )
        self.updateGeometry()
        self.update()

    def _columns(self) -> int:
        return max(1, (self.width() + GAP) // (TILE_W + GAP))

    def sizeHint(self) -> QSize:
        rows = -(-len(self._best) // self._columns())
        return QSize(TILE_W * 3, rows * (TILE_H + GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), self._appearance.roles
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = self._columns()
        width = (self.width() - GAP * (columns - 1)) / columns
        for number, (code, total) in enumerate(self._best.items()):
            row, column = divmod(number, columns)
            tile = QRectF(
                column * (width + GAP) + 0.5, row * (TILE_H + GAP) + 0.5, width - 1, TILE_H - 1
            )
            role = "panel" if total is None else "ok_soft" if total >= PASS_MARK else "warn_soft"
            edge = "line" if total is None else "ok" if total >= PASS_MARK else "warn"
            pen = QPen(roles.color(edge))
            pen.setStyle(Qt.PenStyle.DashLine if total is None else Qt.PenStyle.SolidLine)
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
