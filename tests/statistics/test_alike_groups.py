"""Near-duplicates: which tickets become one group, and that page, endpoint and report show the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sample_tickets import make_ticket
from sqlalchemy import create_engine, func, insert, select

from app.domain.codec import ticket_to_json
from app.domain.ticket import Caller, Category, Ticket
from app.reports.contents import contents_of
from app.reports.kinds import Kind
from app.statistics.facts import fact_of
from app.statistics.grouping import LATELY, group_alike, sketch_of
from app.statistics.keeping import keep_facts, prepare
from app.statistics.page import MATTER, Behind, Dashboard, Period, with_titles
from app.statistics.queries import read_dashboard, tickets_behind
from app.statistics.seat import SeatStatistics
from app.statistics.tables import fact, first_ticket, tally
from app.sync.protocol import canonical
from server.database import CentreDatabase, default_url
from server.forgetting import forget_person
from server.life.attending import attend
from server.schema import ticket as ticket_table
from server.seats import add_seat
from server.statistics.following import follow_tickets
from server.statistics.groups import REPORTS, groups, titled

LIGHT = Category("010101", ("市政", "照明", "路灯不亮"))
WATER = Category("020101", ("供水", "停水", "小区停水"))
MORNING = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))


def ticket(
    place: str | None, words: str = "", at: datetime = MORNING, street: str = "望京街道", **more: object
) -> Ticket:
    sample = make_ticket()
    given = {"category": LIGHT, "place": place, "street": street, "summary": words} | more
    return replace(sample, content=replace(sample.content, **given), submitted_at=at)  # type: ignore[arg-type]


def grouped(*tickets: Ticket) -> list[str]:
    """For each ticket the first one of its group."""
    groups, _ = group_alike([sketch_of(one, fact_of(one)) for one in tickets])
    return [groups[one.id] for one in tickets]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (
            ticket("红庙北里12号楼"),
            ticket("红庙北里小区东门附近", at=MORNING + timedelta(days=3)),
            True,
        ),
        (
            ticket("红庙北里"),
            ticket("朝阳区望京街道红庙北里3单元", at=MORNING + timedelta(days=3)),
            True,
        ),
        (ticket("红庙北里12号楼"), ticket("花家地南里12号楼"), False),
        (ticket("望京花园"), ticket("华侨花园"), False),
        (ticket("红庙北里"), ticket("红庙北里", category=WATER), False),
        (ticket("红庙北里"), ticket("红庙北里", district="海淀区"), False),
        (ticket("红庙北里"), ticket("红庙北里", at=MORNING + timedelta(seconds=LATELY + 60)), False),
        (ticket("京承高速旁"), ticket("京承公路", street="来广营街道"), False),
        (ticket(None, "楼下路灯连着三天不亮"), ticket(None, "路灯连着三天都不亮了"), True),
        (ticket(None, "楼下路灯连着三天不亮"), ticket(None, "井盖松了车过就响"), False),
        (
            ticket(None, "楼下路灯连着三天不亮"),
            ticket(None, "路灯三天不亮", street="来广营街道"),
            False,
        ),
        (ticket("大街", "甲"), ticket("大街", "乙"), False),
    ],
)
def test_what_is_alike(one: Ticket, other: Ticket, alike: bool) -> None:
    first, second = grouped(one, other)
    assert (first == second) is alike


def test_a_ticket_is_compared_with_the_first_one_of_a_group_only() -> None:
    chain = [ticket(name) for name in ("春夏秋冬早", "秋冬早午晚", "早午晚风雨")]
    later = [replace(one, submitted_at=MORNING + timedelta(n)) for n, one in enumerate(chain)]
    assert grouped(*later) == [later[0].id, later[0].id, later[2].id]


def test_whoever_joined_a_ticket_stands_in_its_group() -> None:
    first = ticket("红庙北里")
    joined = ticket("花家地南里", at=MORNING + timedelta(days=20), joins=first.id)
    tickets = [first, joined]
    with closing(SeatStatistics(lambda: tickets)) as seat:
        page = seat.dashboard(Period(date(2026, 11, 1), date(2026, 12, 20)))
        assert [(one.id, one.sums["tickets"]) for one in page.groups] == [(first.id, 2)]


def many(days: int = 30, groups: int = 40) -> tuple[list[Ticket], dict[str, str]]:
    """Tickets of planted groups, each about a place of its own said in several ways, and lone ones."""
    dice = np.random.default_rng(3)
    signs = [chr(0x4E00 + n) for n in range(2000)]
    said: tuple[Callable[[str], str], ...] = (
        lambda name: name,
        lambda name: f"{name}小区",
        lambda name: f"望京街道{name}{dice.integers(1, 30)}号楼",
        lambda name: f"{name}东门附近",
    )
    found, truth = [], {}
    for group in range(2 * groups):
        name = "".join(dice.choice(signs, 4))
        begin = MORNING - timedelta(days=float(dice.uniform(0, days - 5)))
        for number in range(int(dice.integers(2, 12)) if group < groups else 1):
            at = begin + timedelta(hours=3 * number)
            made = ticket(said[int(dice.integers(4))](name), "路灯不亮，希望修好", at)
            found.append(made)
            truth[made.id] = name
    return found, truth


def test_planted_groups_are_found_whatever_the_order_of_the_days() -> None:
    tickets, truth = many()
    groups, _ = group_alike([sketch_of(one, fact_of(one)) for one in tickets])
    pairs = [(a.id, b.id) for n, a in enumerate(tickets) for b in tickets[:n]]
    same = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
    found = {pair for pair in pairs if groups[pair[0]] == groups[pair[1]]}
    assert len(same & found) / len(same) > 0.95
    assert len(same & found) / len(found) > 0.95


def test_groups_grow_day_by_day_as_they_do_at_once_and_twice_changes_nothing() -> None:
    tickets, _ = many()
    tickets.sort(key=lambda one: (one.submitted_at, one.id))
    pages = []
    for step in (len(tickets), 7):
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            prepare(connection)
            for begin in range(0, len(tickets), step):
                some = tickets[begin : begin + step]
                facts = [fact_of(one) for one in some]
                for _ in range(2):
                    keep_facts(connection, facts, map(sketch_of, some, facts))
            page = read_dashboard(connection, MONTH, MORNING, candidates=True)
            for group in page.groups:
                behind = tickets_behind(connection, Behind(MONTH, "alike", group.id), limit=1000)
                assert len(behind) == group.sums["tickets"]
            counted = select(func.count()).select_from(tally).where(tally.c.dimension == "alike")
            assert connection.scalar(counted)
            kept = connection.scalars(select(first_ticket.c.at)).all()
            assert max(kept) - min(kept) <= 2 * LATELY
            pages.append(page)
        engine.dispose()
    assert pages[0] == pages[1]
    (candidate,) = pages[0].candidates
    assert candidate.alike == pages[0].groups[:3]


def shown(tickets: list[Ticket]) -> Dashboard:
    with closing(SeatStatistics(lambda: tickets)) as seat:
        return seat.dashboard(MONTH, candidates=True)


def test_a_later_callback_or_another_category_moves_only_what_it_must() -> None:
    tickets = [ticket("红庙北里", at=MORNING + timedelta(minutes=n)) for n in range(3)]
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        prepare(connection)
        facts = [fact_of(one) for one in tickets]
        keep_facts(connection, facts, map(sketch_of, tickets, facts))
        keep_facts(connection, [replace(facts[1], returned=1)], [sketch_of(tickets[1], facts[1])])
        (group,) = read_dashboard(connection, MONTH, MORNING).groups
        assert (group.sums["tickets"], group.sums["returned"]) == (3, 1)
        moved = replace(tickets[2], content=replace(tickets[2].content, category=WATER))
        keep_facts(connection, [fact_of(moved)], [sketch_of(moved, fact_of(moved))])
        (group,) = read_dashboard(connection, MONTH, MORNING).groups
        assert group.sums["tickets"] == 2
        assert connection.scalar(select(fact.c.alike).where(fact.c.ticket_id == moved.id)) == ""
    engine.dispose()


def test_page_and_report_name_the_largest_groups() -> None:
    tickets = [ticket("红庙北里", at=MORNING + timedelta(minutes=n)) for n in range(5)]
    page = shown(tickets)
    assert [(one.title, one.sums["tickets"]) for one in page.groups] == [("路灯不亮", 5)]
    said = contents_of(Kind.ISSUES, page, "zh", MORNING)
    assert said["groups"][0]["name"] == "朝阳区望京街道 · 路灯不亮"
    assert "同类最多：朝阳区望京街道 5 件" in said["candidates"][0]["why"]
    assert with_titles(page, {}).groups[0].title == ""  # its first ticket was forgotten
    behind = Behind(MONTH, MATTER, page.candidates[0].matter)
    with closing(SeatStatistics(lambda: tickets)) as seat:
        seat.days()
        assert len(seat.behind(behind)) == page.candidates[0].tickets == 5


def test_the_centre_names_groups_masked_and_forgets_with_their_tickets(tmp_path: Path) -> None:
    caller = Caller("欧阳测试", "13800138000")
    tickets = [
        ticket(
            "红庙北里", subject="欧阳测试反映路灯不亮", caller=caller, at=MORNING + timedelta(minutes=n)
        )
        for n in range(3)
    ]
    with closing(CentreDatabase(default_url(tmp_path))) as database:
        add_seat(database, "seat-1")
        with database.write() as connection:
            for number, one in enumerate(tickets):
                values = {
                    "number": f"JS-{number}",
                    "seat": "seat-1",
                    "content_hash": "0" * 64,
                    "payload": canonical(ticket_to_json(one)).decode(),
                    "submitted_at": one.submitted_at,
                    "received_at": one.submitted_at,
                }
                connection.execute(insert(ticket_table).values(id=one.id, **values))
        attend(database, MORNING, everything=True)
        follow_tickets(database)
        (group,) = groups(database, REPORTS, MONTH, 0)
        assert (group.id, group.sums["tickets"]) == (tickets[0].id, 3)
        assert "路灯不亮" in group.title
        assert "欧阳测试" not in group.title
        assert groups(database, REPORTS, MONTH, 50) == ()
        with database.read() as connection:
            assert connection.scalars(select(first_ticket.c.ticket_id)).all() == [tickets[0].id]
        forget_person(database, number="JS-0")
        follow_tickets(database)
        with database.read() as connection:
            assert connection.scalars(select(first_ticket.c.ticket_id)).all() == []
            page = read_dashboard(connection, MONTH, MORNING)
        assert titled(database, page).groups[0].title == ""
        assert page.groups[0].sums["tickets"] == 3  # what counts stays
