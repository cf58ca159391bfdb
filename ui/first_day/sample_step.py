"""Sample data: what comes with the program, and whether its articles are searched."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from app.desk import Desk
from app.sample_data import SampleCounts
from app.settings import Settings
from ui.background import Background
from ui.first_day.keeping import Keeping
from ui.first_day.step import State, Step
from ui.look.controls import ChipRow
from ui.look.language import Language
from ui.look.style import GRID


class SampleStep(Step):
    """The articles may be left out where the centre sends its own; the rest does no harm."""

    name = "samples"

    def __init__(
        self, desk: Desk, background: Background, keeping: Keeping, language: Language
    ) -> None:
        super().__init__(language)
        self._desk, self._background = desk, background
        self._counts: SampleCounts | None = None
        self.articles = ChipRow(("yes", "no"))
        self.units, self.calls = QLabel(), QLabel()
        self.state = State()
        rows: tuple[tuple[str, QWidget], ...] = (
            ("firstday.sample_articles", self.articles),
            ("firstday.sample_units", self.units),
            ("firstday.sample_calls", self.calls),
        )
        self.add_rows(rows)
        self.column.addSpacing(GRID)
        self.column.addWidget(self.state)
        self.column.addStretch(1)
        self.articles.chosen.connect(lambda kept: keeping.take("sample_articles", kept))
        keeping.kept.connect(self._on_kept)
        language.changed.connect(self._show)
        self._held = desk.settings.sample_articles
        self._show()

    @property
    def first(self) -> QWidget:
        """Whether the articles are searched."""
        return self.articles

    def enter(self) -> None:
        """Count what there is."""
        self._background.run(self._desk.first_day.samples, self._on_counted)

    def _on_counted(self, counts: SampleCounts) -> None:
        self._counts = counts
        self._show()

    def _on_kept(self, settings: Settings) -> None:
        if settings.sample_articles == self._held:
            return
        self._held = settings.sample_articles
        keep = self._held == "yes"
        self._background.run(lambda: self._desk.first_day.keep_articles(keep))
        self._show()

    def _show(self) -> None:
        counts = self._counts
        self.articles.set_labels(self.say("sample_articles"), lambda kept: self.say(f"articles_{kept}"))
        self.articles.show_value(self._held, suggested=False)
        if counts is None:
            return
        self.units.setText(self.say("sample_units_are", n=f"{counts.units:,}"))
        self.calls.setText(self.say("sample_calls_are", n=counts.calls, shortcut="F2"))
        words = "samples_kept" if self._held == "yes" else "samples_left"
        self.state.show_state("", self.say(words, n=counts.articles))
