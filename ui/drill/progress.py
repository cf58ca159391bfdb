"""How a trainee comes on: the points of each drill, and where points are lost lately."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.domain.city import city_time
from app.training.attempts import FEW, PASS_MARK, Attempt, Progress
from ui.look.appearance import Appearance
from ui.look.charts import Bar, BarList, Column, ColumnChart
from ui.look.controls import EmptyNote, note
from ui.look.figures_row import FiguresRow
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID

SHOWN = 40
"""As many of the newest drills have a column."""


class ProgressView(QScrollArea):
    """``opened`` carries the attempt of a column, ``drills_opened`` those behind a figure."""

    opened = Signal(object)
    drills_opened = Signal(object)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language = language
        self._progress: Progress | None = None
        self._sections: list[str] = []
        self.line, self._points, self._parts = FiguresRow(), note(), note()
        self.chart, self.sections, self.empty = (
            ColumnChart(appearance),
            BarList(appearance),
            EmptyNote(),
        )
        grow(self.chart, setMinimumHeight=GRID * 44)
        self.chart.least = 12
        self._body = QWidget()
        self._body.setObjectName("formBody")
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, GRID * 2, GRID * 2, GRID * 2)
        column.setSpacing(GRID * 2)
        for widget in (self.line, self._points, self.chart, self._parts, self.sections, self.empty):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(self._body)
        self.setWidgetResizable(True)
        self.chart.opened.connect(self._on_opened)
        self.sections.opened.connect(self._on_section)
        self.line.opened.connect(self._on_figure)
        language.bind(self, self.setAccessibleName, "drill.view_progress")
        language.bind(self, self.sections.setAccessibleName, "drill.progress_sections")
        language.changed.connect(self._show)
        self._show()

    def show_progress(self, progress: Progress | None) -> None:
        """Show somebody else's, or that nothing was held."""
        self._progress = progress
        self._show()

    def _shown(self) -> Sequence[Attempt]:
        return self._progress.attempts[-SHOWN:] if self._progress else ()

    def _show(self) -> None:
        say, progress = self._language.say, self._progress
        for widget in (self.line, self._points, self.chart, self._parts, self.sections):
            widget.setVisible(progress is not None)
        self.empty.setVisible(progress is None)
        self.empty.setText(say("drill.progress_empty"))
        if progress is None:
            return
        self._points.setText(say("drill.progress_points"))
        self._parts.setText(say("drill.progress_sections"))
        change = f"{progress.last - progress.first:+.0f}"
        figures = [
            say("drill.progress_held", n=len(progress.attempts)),
            say("drill.progress_mean", mean=f"{progress.last:.0f}"),
            say("drill.progress_best", best=f"{progress.best:.0f}"),
            say("drill.progress_passed", passed=progress.passed),
            say("drill.progress_change", change=change) if len(progress.attempts) > 1 else "",
        ]
        self.line.show_figures(figures, say("drill.figure_open"))
        self.chart.show_columns(
            say("drill.progress_points"), [self._column(one) for one in self._shown()]
        )
        self._sections = sorted(progress.sections, key=lambda name: progress.sections[name])
        self.sections.show_bars(
            [
                Bar(
                    say(f"training.section.{name}"),
                    value,
                    f"{value:.0%}",
                    role="ok" if value * 100 >= PASS_MARK else "warn",
                    whole=1.0,
                )
                for name in self._sections
                for value in (progress.sections[name],)
            ]
        )

    def _column(self, attempt: Attempt) -> Column:
        say, case = self._language.say, attempt.record.scenario
        held = city_time(attempt.held_at)
        spoken = " · ".join(
            (
                f"{held:%Y-%m-%d %H:%M}",
                attempt.trainee or say("drill.nobody"),
                case.title or case.id,
                f"{attempt.total:.0f}",
            )
        )
        role = "ok" if attempt.passed else "warn"
        return Column(f"{held:%m-%d}", ((attempt.total, role),), spoken)

    def _on_figure(self, number: int) -> None:
        """The drills behind a figure of the line above, the newest first."""
        if (progress := self._progress) is None:
            return
        held = progress.attempts[::-1]
        behind = (
            held,
            held[:FEW],
            [one for one in held if one.total == progress.best],
            [one for one in held if one.passed],
            held if len(held) <= 2 * FEW else (*held[:FEW], *held[-FEW:]),
        )
        self.drills_opened.emit(tuple(behind[number]))

    def _on_section(self, row: int) -> None:
        if self._progress is not None:
            self.drills_opened.emit(self._progress.behind[self._sections[row]])

    def _on_opened(self, number: int) -> None:
        self.opened.emit(self._shown()[number])
