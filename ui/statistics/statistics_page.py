"""What the calls tell: numbers, charts and lists of a period; each opens the tickets behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.desk import Desk
from app.domain.city import CITY_TIME
from app.reports.kinds import Kind, period_with
from app.statistics.page import Behind, Dashboard, Period, StatisticsSource, TicketLine
from resources.errors import UserError
from resources.texts import text
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.charts import BarList, ColumnChart
from ui.look.controls import ChipRow, KeyButton, Panel, note
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.sizes import grow
from ui.look.statistics_login import StatisticsLogin
from ui.look.style import GRID
from ui.statistics.behind_list import BehindList
from ui.statistics.centre_reports import CentreReports
from ui.statistics.number_card import NumberCard
from ui.statistics.statistics_words import NUMBERS, PageWords, Row

LENGTHS: tuple[tuple[str, int], ...] = (
    ("day", 1),
    ("week", 7),
    ("month", 30),
    ("quarter", 91),
    ("year", 365),
)
LISTS = (
    ("issues", "groups"),
    ("category", "street", "district"),
    ("types", "risks", "gaps"),
    ("returned", "rates", "seats"),
    ("candidates", "heard"),
)
"""Rows of lists below the charts."""
EMPTY_LISTS = {name: f"{name}_none" for name in ("issues", "groups", "candidates")}
"""What these lists say when they are empty; the others say as little as can be."""
CANDIDATES_OF = range(28, 93)
"""Lengths in days for which candidates for one issue a month are looked for."""
REPORTS = ((1, Kind.DAILY), (7, Kind.WEEKLY))
"""A shown time of at most so many days is reported as this kind; a longer one as its last month."""
CARDS_IN_A_ROW = 6


def _page_of(source: StatisticsSource, end: date, days: int) -> Dashboard:
    period = Period(end - timedelta(days=days - 1), end)
    return source.dashboard(period, candidates=days in CANDIDATES_OF)


class StatisticsPage(QWidget):
    """Head line, cards, charts and lists on the left; the tickets behind a number on the right."""

    ticket_opened = Signal(str)
    report_made = Signal(str)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk, self._background = desk, background
        self._language, self._appearance = language, appearance
        self._source: StatisticsSource | None = None
        self._of_centre = False
        self._days, self._end = 30, datetime.now(CITY_TIME).date()
        self._page: Dashboard | None = None
        self._opened: tuple[str, Behind] | None = None
        self._rows: dict[str, tuple[Row, ...]] = {}
        self.lengths = ChipRow(LENGTHS)
        self.earlier, self.later = KeyButton("Alt+Left"), KeyButton("Alt+Right")
        self.range = QLabel()
        self.source_name = note()
        self.made = CentreReports("F7", background, language)
        self.login = StatisticsLogin(language)
        self.cards = [NumberCard() for _ in NUMBERS]
        self.days, self.hours = ColumnChart(appearance), ColumnChart(appearance)
        self.legend = note()
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(GRID * 4, GRID, GRID * 4, 0)
        self.lists = {name: BarList(appearance) for row in LISTS for name in row}
        self.panels: dict[str, Panel] = {}
        self.behind = BehindList(language, appearance)
        self._lay_out()
        self._connect()
        self._show_words()

    @property
    def period(self) -> Period:
        """The days that are shown."""
        return Period(self._end - timedelta(days=self._days - 1), self._end)

    def refresh(self) -> None:
        """Ask for the numbers again; the first time for the newest day too."""
        source, days = self._source, self._days

        def ask() -> tuple[StatisticsSource, date, Dashboard]:
            asked = source or self._desk.statistics.seat()
            end = self._end if source else asked.last_day()
            return asked, end, _page_of(asked, end, days)

        self._show()
        self.source_name.setText(self._say("loading"))
        self._background.run(ask, self._on_found, self._on_failed, kind="statistics")

    def use_source(self, source: StatisticsSource | None) -> None:
        """Show the numbers of another source; ``None`` = this seat."""
        self.leave_centre()
        self._of_centre = source is not None
        self.behind.clear()
        if source is None:
            self.refresh()
            return
        days = self._days

        def ask() -> tuple[StatisticsSource, date, Dashboard]:
            end = source.last_day()
            return source, end, _page_of(source, end, days)

        self._background.run(ask, self._on_found, kind="statistics")

    def leave_centre(self) -> None:
        """Hang up at the centre, if somebody logged in."""
        if self._of_centre and self._source is not None:
            self._source.close()
        self._of_centre, self._source = False, None
        self.made.show_source(None)

    def open_behind(self, name: str, behind: Behind | None, offset: int = 0) -> None:
        """List the tickets behind a number."""
        if behind is None or self._source is None:
            return
        self._opened = name, behind
        source = self._source
        done: Callable[[tuple[TicketLine, ...]], None] = partial(self._on_lines, name, offset=offset)
        self._background.run(lambda: source.behind(behind, offset), done, kind="behind")

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.setSpacing(GRID * 3)
        outer.addLayout(self._head())
        outer.addWidget(self.login)
        body = QWidget()
        body.setObjectName("formBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 3)
        column.addLayout(self._card_grid())
        column.addLayout(self._chart_row())
        for names in LISTS:
            column.addLayout(self._list_row(names))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        grow(self.behind, setFixedWidth=GRID * 88)
        row = QHBoxLayout()
        row.setSpacing(GRID * 3)
        row.addWidget(scroll, 1)
        row.addWidget(self.behind)
        outer.addLayout(row, 1)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID * 2)
        grow(self.lengths, setFixedWidth=GRID * 80)
        row.addWidget(self.lengths)
        row.addWidget(self.earlier)
        row.addWidget(self.range)
        row.addWidget(self.later)
        row.addStretch(1)
        row.addWidget(self.source_name)
        self.log_in, self.export = KeyButton("F6"), KeyButton("Ctrl+S")
        row.addWidget(self.made)
        row.addWidget(self.export)
        row.addWidget(self.log_in)
        return row

    def _card_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID * 3)
        for number, card in enumerate(self.cards):
            grid.addWidget(card, number // CARDS_IN_A_ROW, number % CARDS_IN_A_ROW)
            card.clicked.connect(partial(self._on_card, card))
        return grid

    def _chart_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID * 3)
        for name, chart, stretch in (("days", self.days, 1), ("hours", self.hours, 1)):
            panel = self._panel(name, chart)
            row.addWidget(panel, stretch)
        self.panels["hours"].content.insertWidget(0, self.legend)
        return row

    def _list_row(self, names: tuple[str, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID * 3)
        for name in names:
            row.addWidget(self._panel(name, self.lists[name]), 1)
        return row

    def _panel(self, name: str, inner: QWidget) -> Panel:
        panel = Panel()
        panel.content.setContentsMargins(0, GRID, 0, GRID * 2)
        panel.content.addWidget(inner)
        panel.content.addStretch(0)
        self.panels[name] = panel
        return panel

    def _connect(self) -> None:
        self.lengths.chosen.connect(self._on_length)
        self.earlier.clicked.connect(lambda: self._move(-1))
        self.later.clicked.connect(lambda: self._move(1))
        self.log_in.clicked.connect(self._on_log_in)
        self.export.clicked.connect(self._on_export)
        self.made.saved.connect(self._on_reported)
        self.login.asked.connect(self._on_login_asked)
        self.days.opened.connect(self._on_day)
        self.hours.opened.connect(self._on_hour)
        self.hours.part_opened.connect(self._on_part)
        for name, bars in self.lists.items():
            bars.opened.connect(partial(self._on_bar, name))
        self.behind.more_requested.connect(self._on_more)
        self.behind.ticket_opened.connect(self._on_ticket)
        self._language.changed.connect(self._show_words)
        NamedKey("F5", "statistics.refresh", self, self.refresh)

    # -- showing ---------------------------------------------------------------------------------

    def _say(self, key: str, **values: object) -> str:
        return text(f"statistics.{key}", self._language.code, **values)

    def _show_words(self) -> None:
        self.lengths.set_labels(
            self._say("period_month"),
            lambda value: next(self._say(f"period_{one[0]}") for one in LENGTHS if one == value),
        )
        self.earlier.set_label(self._say("earlier"))
        self.later.set_label(self._say("later"))
        self.export.set_label(self._say("make_report"))
        self.made.set_label(self._say("made_reports"))
        for name, panel in self.panels.items():
            bars = self.lists.get(name)
            panel.set_title(self._say(f"chart_{name}" if bars is None else f"list_{name}"))
            (getattr(self, name) if bars is None else bars).setAccessibleName(panel.title.text())
        for name, card in zip(NUMBERS, self.cards, strict=True):
            if card.number is None:
                card.setAccessibleName(f"{self._say(f'number_{name}')} {self._say('loading')}")
        self._show()

    def _show(self) -> None:
        centre = self._of_centre
        self.source_name.setText(self._say("source_centre" if centre else "source_seat"))
        self.log_in.set_label(self._say("source_seat" if centre else "log_in"))
        chosen = next(length for length in LENGTHS if length[1] == self._days)
        self.lengths.show_value(chosen, suggested=False)
        period = self.period
        days = f"{period.begin:%Y-%m-%d}"
        self.range.setText(days if period.days == 1 else f"{days} – {period.end:%Y-%m-%d}")
        if self._page is None:
            return
        words = PageWords(self._page, self._language.code)
        for card, number in zip(self.cards, words.numbers(), strict=True):
            card.show_number(number)
        self.days.show_columns(self._say("chart_days"), words.days())
        self.hours.show_columns(self._say("chart_hours"), words.hours())
        roles = self._appearance.roles
        self.legend.setText(
            "&ensp; ".join(
                f'<span style="color:{getattr(roles, role)}">■</span>&nbsp;{name}'
                for name, role in words.legend()
            )
        )
        self._rows = dict(words.lists())
        for name, bars in self.lists.items():
            bars.show_bars([row.bar for row in self._rows[name]])
            empty = self._say(EMPTY_LISTS.get(name, "none"))
            self.panels[name].note.setText("" if self._rows[name] else empty)

    def _on_failed(self, error: UserError | None) -> None:
        self._show()
        if error is not None:
            self._background.user_error_raised.emit(error)

    def _on_found(self, found: tuple[StatisticsSource, date, Dashboard]) -> None:
        self._source, self._end, self._page = found
        self.made.show_source(self._source if self._of_centre else None)
        self.login.hide()
        self._show()

    # -- what is asked ---------------------------------------------------------------------------

    def _on_length(self, value: tuple[str, int] | None) -> None:
        if value is not None:
            self._days = value[1]
            self.refresh()

    def _move(self, by: int) -> None:
        self._end += timedelta(days=by * self._days)
        self.refresh()

    def _on_card(self, card: NumberCard) -> None:
        if card.number is not None:
            self.open_behind(f"{card.number.name} · {card.number.note}", card.number.behind)

    def _on_day(self, number: int) -> None:
        if self._page is not None:
            day = self._page.days[number][0]
            self.open_behind(f"{day:%Y-%m-%d}", Behind(Period(day, day)))

    def _on_hour(self, number: int) -> None:
        if self._page is not None:
            name = f"{number:02}:00"
            self.open_behind(name, Behind(self.period, "clock", str(number)))

    def _on_part(self, hour: int, part: int) -> None:
        if self._page is not None:
            self.open_behind(*PageWords(self._page, self._language.code).part_of_hour(hour, part))

    def _on_bar(self, name: str, number: int) -> None:
        row = self._rows[name][number]
        self.open_behind(row.bar.name, row.behind)

    def _on_more(self, offset: int) -> None:
        if self._opened is not None:
            self.open_behind(*self._opened, offset)

    def _on_lines(self, name: str, lines: tuple[TicketLine, ...], *, offset: int) -> None:
        self.behind.show_lines(name, lines, offset)

    def _on_ticket(self, ticket_id: str) -> None:
        if not self._of_centre:
            self.ticket_opened.emit(ticket_id)

    def _on_export(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self._say("make_report"))
        if name:
            self.write_reports(Path(name))

    def write_reports(self, folder: Path) -> None:
        """Write the report of the shown time; with a month's also the candidates for one issue."""
        source, language, end = self._source, self._language.code, self._end
        if source is None:
            return
        kinds = [next((kind for days, kind in REPORTS if self._days <= days), Kind.MONTHLY)]
        kinds += [Kind.ISSUES] if kinds[0] is Kind.MONTHLY else []

        def write() -> Path:
            from app.reports.writing import write_report

            for kind in kinds:
                page = source.dashboard(period_with(kind, end), candidates=True)
                write_report(kind, page, folder, language)
            return folder

        self._background.run(write, self._on_reported, kind="report")

    def _on_reported(self, folder: Path) -> None:
        self.report_made.emit(self._say("report_made", path=folder))

    def _on_log_in(self) -> None:
        if self._of_centre:
            self.use_source(None)
        else:
            self.login.begin(self._desk.settings.server_url)

    def _on_login_asked(self, url: str, name: str, password: str) -> None:
        self._background.run(lambda: self._desk.statistics.centre(url, name, password), self.use_source)
