"""The statistics page over a real seat and a real centre: numbers, keys, the tickets behind them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from centre_process import Api, CentreProcess, make_submission, run_centre
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sample_tickets import make_ticket
from sqlalchemy import insert

from app.domain.call import Call
from app.domain.ticket import Handling, RequestType
from app.statistics.page import MadeReport
from app.workplace import Workplace
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.run import add_person
from server.schema import report
from ui.desk_window import DeskWindow

WAIT_MS = 20_000


@pytest.fixture
def filled(open_desk_window: Callable[[Workplace], DeskWindow], desk: Workplace) -> DeskWindow:
    store = desk.parts.store()
    store.start_call(Call("call-1", datetime.now(UTC) - timedelta(minutes=5), "line"))
    for _ in range(3):
        store.submit(make_ticket("call-1"))
    return open_desk_window(desk)


def open_page(qtbot: QtBot, window: DeskWindow) -> None:
    window.show_page("statistics")
    qtbot.waitUntil(lambda: bool(window.statistics_page.days.columns), timeout=WAIT_MS)


def test_every_kind_of_number_opens_its_tickets(qtbot: QtBot, filled: DeskWindow) -> None:
    page = filled.statistics_page
    open_page(qtbot, filled)
    assert page.cards[0].accessibleName() == "工单 3"
    page.cards[0].click()
    qtbot.waitUntil(lambda: page.behind.cards.model().rowCount() == 3, timeout=WAIT_MS)
    page.cards[8].click()  # no risks
    qtbot.waitUntil(lambda: page.behind.cards.isHidden(), timeout=WAIT_MS)
    page.days.setFocus()
    qtbot.keyClick(page.days, Qt.Key.Key_End)
    assert "3" in page.days.accessibleName()
    qtbot.keyClick(page.days, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.behind.cards.model().rowCount() == 3, timeout=WAIT_MS)
    bars = page.lists["street"]
    assert bars.bar(0).name == "朝阳区望京街道"
    bars.setFocus()
    bars.setCurrentIndex(bars.model().index(0, 0))
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.behind.title.text() == "朝阳区望京街道", timeout=WAIT_MS)
    page.behind.cards.activated.emit(page.behind.cards.model().index(0, 0))
    assert filled.stack.currentWidget() is filled.tickets_page
    qtbot.waitUntil(lambda: filled.tickets_page.table.currentIndex().isValid(), timeout=WAIT_MS)


COUNTED = ("issues", "groups", "category", "street", "district", "types", "risks", "gaps", "candidates")
"""Lists whose bars say how many tickets stand behind them."""


def test_walk_over_everything_that_says_a_number(
    qtbot: QtBot, open_desk_window: Callable[[Workplace], DeskWindow], desk: Workplace
) -> None:
    store = desk.parts.store()
    begin = datetime.now(UTC) - timedelta(minutes=9)
    submitted = []
    for number in range(9):
        store.start_call(Call(f"call-{number}", begin, "line"))
        made = make_ticket(f"call-{number}")
        changes: list[dict[str, object]] = [
            {},
            {"type": RequestType.QUESTION, "handling": Handling.ANSWER, "risks": ("燃气",)},
            {"street": "学院路街道", "district": "海淀区", "place": None, "type": None},
        ]
        content = replace(made.content, **changes[number % 3])  # type: ignore[arg-type]
        times = (begin, begin + timedelta(minutes=4))
        made = replace(made, content=content, called_at=times[0], ended_at=times[1])
        submitted.append(made)
        store.submit(made)
    desk.parts.statistics.hearings = lambda: [(submitted[0], "whisper-base", 100, 7)]
    window = open_desk_window(desk)
    page = window.statistics_page
    open_page(qtbot, window)
    shown = page.behind.cards.model()
    asked: list[str] = []

    def opens(count: int, what: str) -> None:
        """Whatever was just pressed lists so many tickets; -1 = some."""
        qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
        assert shown.rowCount() == count or (count < 0 < shown.rowCount()), what
        asked.append(what)
        page.behind.clear()

    sums = page._page.total.sums if page._page else {}
    cards = ("tickets", "returned", "late", "", "counted", "unsolved", "unsatisfied", "gaps", "risky")
    for card, measure in zip(page.cards, (*cards, "timed", "timed", ""), strict=True):
        assert card.isEnabled(), card.accessibleName()
        card.click()
        opens(sums.get(measure, 1 if card is page.cards[-1] else 0), card.accessibleName())
    for chart in (page.days, page.hours):
        for number, column in enumerate(chart.columns):
            chart.opened.emit(number)
            opens(int(column.whole), column.spoken)
            for part, (value, _) in enumerate(column.parts):
                if column.names and value:
                    chart.part_opened.emit(number, part)
                    opens(int(value), column.names[part])
    for name, bars in page.lists.items():
        for row in range(bars.count()):
            bars.opened.emit(row)
            words = bars.bar(row).words
            opens(int(words.split()[0]) if name in COUNTED else -1, f"{name} {words}")
    rows = {name: bars.count() for name, bars in page.lists.items()}
    assert rows.pop("issues") == rows.pop("returned") == rows.pop("rates") == 0  # a seat has none
    assert all(rows.values()), rows
    assert len(asked) > 12 + 30 + 24


def test_a_type_within_an_hour_is_reached_by_key_and_pointer(qtbot: QtBot, filled: DeskWindow) -> None:
    page = filled.statistics_page
    open_page(qtbot, filled)
    hour = next(n for n, column in enumerate(page.hours.columns) if column.whole)
    part = next(n for n, (value, _) in enumerate(page.hours.columns[hour].parts) if value)
    page.hours.setFocus()
    page.hours._choose(hour)
    qtbot.keyClick(page.hours, Qt.Key.Key_Up)
    assert "投诉 3" in page.hours.accessibleName()
    opened: list[tuple[int, int]] = []
    page.hours.part_opened.connect(lambda *at: opened.append(at))
    qtbot.keyClick(page.hours, Qt.Key.Key_Return)
    area, wide = page.hours._area(), page.hours._width()
    inside = QPoint(int(area.left() + wide * (hour + 0.5)), int(area.bottom() - 5))
    qtbot.mouseClick(page.hours, Qt.MouseButton.LeftButton, pos=inside)
    assert opened == [(hour, part), (hour, part)]
    qtbot.waitUntil(lambda: page.behind.cards.model().rowCount() == 3, timeout=WAIT_MS)


def test_another_time_and_another_language(qtbot: QtBot, filled: DeskWindow) -> None:
    page = filled.statistics_page
    open_page(qtbot, filled)
    page.earlier.click()
    qtbot.waitUntil(lambda: page.cards[0].accessibleName() == "工单 0", timeout=WAIT_MS)
    page.later.click()
    page.lengths.chosen.emit(("week", 7))
    qtbot.waitUntil(lambda: len(page.days.columns) == 7, timeout=WAIT_MS)
    filled.language.use("en")
    QApplication.processEvents()
    assert page.cards[0].accessibleName() == "Tickets 3"


def test_a_report_is_made_from_the_page(qtbot: QtBot, filled: DeskWindow, tmp_path: Path) -> None:
    open_page(qtbot, filled)
    folder = tmp_path / "reports-made"
    filled.statistics_page.write_reports(folder)
    qtbot.waitUntil(lambda: str(folder) in filled.message.text, timeout=3 * WAIT_MS)
    kinds = {path.name.partition("-")[0] for path in folder.iterdir()}
    assert kinds == {"monthly", "issues"}
    assert len(list(folder.iterdir())) == 6


def test_a_team_lead_sees_the_whole_centre(
    qtbot: QtBot,
    filled: DeskWindow,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("centre")
    for centre in run_centre("sqlite", request, folder):
        look_at_centre(qtbot, filled, centre)


def look_at_centre(qtbot: QtBot, window: DeskWindow, centre: CentreProcess) -> None:
    Api(centre.url, *centre.add_seat()).log_in().push(*(make_submission() for _ in range(5)))
    password = add_person("组长", ["team_lead"], "", None, centre.data_dir)
    centre.stop()
    with closing(CentreDatabase(centre.database_url or default_url(centre.data_dir))) as database:
        attend(database, everything=True)  # the tickets' lives have begun
        made = {"kind": "daily", "begin": date(2026, 11, 21), "form": "pdf", "content": b"%PDF made"}
        with database.write() as connection:
            connection.execute(insert(report).values(made_at=datetime.now(UTC), **made))
    centre.start()  # the statistician looks at once
    page, shown = window.statistics_page, window.message
    open_page(qtbot, window)
    page.log_in.click()
    page.login.address.setText(centre.url)
    page.login.name.setText("组长")
    page.login.password.setText("falsch")
    qtbot.keyClick(page.login.password, Qt.Key.Key_Return)
    refused = UserError("STATISTICS_REFUSED", url=centre.url).message("zh")
    qtbot.waitUntil(lambda: shown.text == refused, timeout=WAIT_MS)
    assert page.cards[0].accessibleName() == "工单 3"
    page.login.password.setText(password)
    qtbot.keyClick(page.login.password, Qt.Key.Key_Return)

    def all_five() -> None:
        page.refresh()
        qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
        assert page.cards[0].accessibleName() == "工单 5"

    qtbot.waitUntil(all_five, timeout=WAIT_MS)
    page.cards[0].click()
    qtbot.waitUntil(lambda: page.behind.cards.model().rowCount() == 5, timeout=WAIT_MS)
    assert not page.made.isHidden()
    reports: list[MadeReport] = []
    assert page._source is not None
    window.background.run(page._source.reports, reports.extend, kind="reports")
    qtbot.waitUntil(lambda: bool(reports), timeout=WAIT_MS)
    page.made.offer(reports)
    periods = [action.text() for action in page.made.menu_of_reports.actions()]
    assert "日报告 · 2026-11-21" in periods
    saved = centre.data_dir / "saved.pdf"
    page.made.save(next(one for one in reports if one.begin == date(2026, 11, 21)), saved)
    qtbot.waitUntil(saved.exists, timeout=WAIT_MS)
    assert saved.read_bytes() == b"%PDF made"
    page.log_in.click()  # back to the seat
    qtbot.waitUntil(lambda: page.cards[0].accessibleName() == "工单 3", timeout=WAIT_MS)
    assert page.made.isHidden()
