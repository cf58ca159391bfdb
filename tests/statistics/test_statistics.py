"""Statistics: every number equals its tickets, at the seat and at the centre, however late."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from centre_process import new_database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_tickets import make_ticket
from sqlalchemy import create_engine, insert, select

from app.domain.codec import ticket_to_json
from app.domain.life import Step
from app.domain.ticket import (
    Category,
    Citation,
    Handling,
    RequestType,
    Ticket,
    UnitRole,
    UnitSuggestion,
)
from app.statistics import page as values
from app.statistics.facts import fact_of
from app.statistics.keeping import keep_facts, keep_hearing, prepare, set_mark
from app.statistics.page import Behind, Dashboard, Period, behind_issue
from app.statistics.queries import read_dashboard, tickets_behind
from app.statistics.seat import SeatStatistics
from app.statistics.tables import DIMENSIONS, MEASURES, VERSION, fact, mark, tally
from app.statistics.wire import dashboard_from_json, dashboard_to_json
from app.sync.cases import StepRequest
from app.sync.protocol import canonical
from bench.dashboard import measure
from server.asking import Asker
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.life.steps import take_step
from server.rights import Role
from server.schema import ticket as ticket_table
from server.seats import add_seat
from server.statistics.following import follow_tickets

STREET = "望京街道办事处"
UNIT = Asker("王科员", frozenset({Role.HANDLING_UNIT}), STREET)
REVIEWER = Asker("审核员", frozenset({Role.DISPATCH_REVIEWER}))
LEAD = Asker("班组长", frozenset({Role.TEAM_LEAD}))
MORNING = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
DAY = Period(date(2026, 11, 20), date(2026, 11, 20))


def made(at: datetime = MORNING, **changes: object) -> Ticket:
    units = (UnitSuggestion(STREET, UnitRole.LEAD, 0.9),)
    sample = make_ticket()
    content = replace(sample.content, units=units, **changes)  # type: ignore[arg-type]
    times = (at - timedelta(minutes=4), at - timedelta(seconds=20))
    return replace(sample, content=content, submitted_at=at, called_at=times[0], ended_at=times[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CentreDatabase]:
    with closing(CentreDatabase(new_database(request.param, request) or default_url(tmp_path))) as one:
        add_seat(one, "seat-1")
        yield one


def send(database: CentreDatabase, ticket: Ticket) -> str:
    with database.write() as connection:
        connection.execute(
            insert(ticket_table).values(
                id=ticket.id,
                number=f"JS-{uuid.uuid4().hex[:8]}",
                seat="seat-1",
                content_hash="0" * 64,
                payload=canonical(ticket_to_json(ticket)).decode(),
                submitted_at=ticket.submitted_at,
                received_at=ticket.submitted_at,
            )
        )
    attend(database, ticket.submitted_at)
    return ticket.id


def take(database: CentreDatabase, who: Asker, name: str, step: Step, **more: object) -> None:
    now = more.pop("now", MORNING + timedelta(hours=1))
    wanted = StepRequest(step=step, words="情况说明", **more)  # type: ignore[arg-type]
    take_step(database, who, name, wanted, now)  # type: ignore[arg-type]


def page(database: CentreDatabase, period: Period = DAY, now: datetime = MORNING) -> Dashboard:
    follow_tickets(database)
    with database.read() as connection:
        return read_dashboard(connection, period, now)


def test_a_life_is_counted_where_the_ticket_came_in(database: CentreDatabase) -> None:
    solved, returned, waiting = (send(database, made()) for _ in range(3))
    question = send(
        database, made(type=RequestType.QUESTION, handling=Handling.ANSWER, limit_hours=None)
    )
    cited = (Citation("a", 1, "标题"),)
    send(database, made(type=RequestType.QUESTION, handling=Handling.ANSWER, citations=cited))
    first = page(database)
    assert (first.total.sums["tickets"], first.total.sums["questions"]) == (5, 2)
    assert (first.total.sums["gaps"], first.total.sums["dispatched"]) == (1, 3)
    take(database, UNIT, solved, Step.ACCEPT)
    take(database, UNIT, solved, Step.REPORT)
    answers = {"contacted": True, "solved": True, "satisfaction": "partly"}
    take(database, LEAD, solved, Step.CALL_BACK, **answers)
    take(database, UNIT, returned, Step.OBJECT, reason="not_our_duty")
    take(database, REVIEWER, returned, Step.UPHOLD)
    late = page(database, now=MORNING + timedelta(days=30))
    sums = late.total.sums
    assert (sums["met"], sums["late"], sums["returned"]) == (1, 0, 1)
    assert (sums["counted"], sums["contacted"], sums["solved"], sums["satisfied"]) == (1, 1, 1, 1)
    assert (sums["timed"], sums["talk_s"], sums["wrap_s"]) == (5, 5 * 220, 5 * 20)
    assert late.overdue == 2
    assert [one.value for one in late.hours] == ["9|咨询", "9|投诉"] or {
        one.value for one in late.hours
    } == {"9|投诉", "9|咨询"}
    with database.read() as connection:
        overdue = Behind(DAY, measure="overdue")
        names = tickets_behind(connection, overdue, now=MORNING + timedelta(days=30))
        gaps = tickets_behind(connection, Behind(DAY, "category", "0101", "gaps"))
    assert set(names) == {returned, waiting}
    assert gaps == (question,)


def test_the_last_of_several_callbacks_counts_as_the_rules_say(database: CentreDatabase) -> None:
    name = send(database, made())
    take(database, UNIT, name, Step.ACCEPT)
    for solved in (False, True):
        take(database, UNIT, name, Step.REPORT)
        satisfaction = "satisfied" if solved else "dissatisfied"
        answers = {"contacted": True, "solved": solved, "satisfaction": satisfaction}
        take(database, LEAD, name, Step.CALL_BACK, **answers)
    sums = page(database).total.sums
    assert (sums["counted"], sums["solved"], sums["satisfied"]) == (1, 1, 1)


def test_statistics_of_another_version_are_built_again(tmp_path: Path) -> None:
    with closing(CentreDatabase(default_url(tmp_path))) as one:
        add_seat(one, "seat-1")
        send(one, made())
        assert page(one).total.sums["tickets"] == 1
        with one.write() as connection:
            set_mark(connection, "version", VERSION - 1)
    with closing(CentreDatabase(default_url(tmp_path))) as again:
        with again.read() as connection:
            assert connection.execute(select(fact)).first() is None
        assert page(again).total.sums["tickets"] == 1


def test_two_runs_leave_the_same_sums(database: CentreDatabase) -> None:
    for hours in range(0, 60, 7):
        send(database, made(MORNING + timedelta(hours=hours)))
    page(database)
    with database.read() as connection:
        before = {tuple(row) for row in connection.execute(select(tally))}
    with database.write() as connection:
        set_mark(connection, "cursor", 0)
    page(database)
    with database.read() as connection:
        assert {tuple(row) for row in connection.execute(select(tally))} == before
        assert connection.execute(select(mark.c.value).where(mark.c.name == "cursor")).scalar()


_places = st.sampled_from([("朝阳区", "望京街道"), ("海淀区", "学院路街道"), (None, None)])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 5), timezones=st.just(UTC)),
            st.sampled_from(RequestType),
            st.sampled_from(Handling),
            _places,
            st.sampled_from(["010101", "010102", "020301"]),
            st.sampled_from([(), ("火灾",)]),
        ),
        max_size=25,
    )
)
def test_every_number_equals_the_tickets_behind_it(rows: list[tuple]) -> None:  # type: ignore[type-arg]
    tickets = [
        made(
            at,
            type=kind,
            handling=handling,
            district=where[0],
            street=where[1],
            category=Category(code, ("一", "二", "三")),
            risks=risks,
        )
        for at, kind, handling, where, code, risks in rows
    ]
    period = Period(date(2026, 11, 1), date(2026, 11, 6))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        prepare(connection)
        keep_facts(connection, [fact_of(one) for one in tickets])
        keep_facts(connection, [fact_of(one) for one in tickets[:3]])  # twice changes nothing
        shown = read_dashboard(connection, period, MORNING)
        assert shown.total.sums["tickets"] == len(tickets)
        assert sum(day["tickets"] for _, day in shown.days) == len(tickets)
        lists = {
            "type": shown.types,
            "handling": shown.handlings,
            "category": shown.categories,
            "street": shown.streets,
            "district": shown.districts,
            "risk": shown.risks,
            "hour": shown.hours,
        }
        for dimension, slices in lists.items():
            for one in slices:
                for measure_name in MEASURES:
                    if measure_name not in ("talk_s", "wrap_s"):
                        behind = Behind(period, dimension, one.value, measure_name)
                        found = tickets_behind(connection, behind, limit=1000)
                        assert len(found) == one.sums[measure_name], behind
        assert dashboard_from_json(dashboard_to_json(shown)) == shown
    engine.dispose()


def test_a_seat_knows_its_own_tickets_and_what_rises(tmp_path: Path) -> None:
    del tmp_path
    category = Category("010101", ("市政", "照明", "路灯不亮"))
    start = datetime(2026, 8, 1, 2, tzinfo=UTC)
    tickets = [made(start + timedelta(days=n), category=category) for n in range(100)]
    burst = start + timedelta(days=98)
    tickets += [made(burst + timedelta(minutes=n), category=category) for n in range(30)]
    with closing(SeatStatistics(lambda: tickets)) as seat:
        period = seat.days()
        assert (period.begin, period.end) == (date(2026, 8, 1), date(2026, 11, 8))
        shown = seat.dashboard(period)
        assert shown.total.sums["tickets"] == 130
        assert len(seat.behind(Behind(period))) == 50
        assert len(seat.behind(Behind(period), offset=100)) == 30
        assert shown.issues == () or all(seat.behind(behind_issue(issue)) for issue in shown.issues)


def test_hearing_quality_stands_by_engine() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        prepare(connection)
        keep_hearing(connection, "call-1", "whisper-base", DAY.begin, 200, 30)
        keep_hearing(connection, "call-1", "whisper-base", DAY.begin, 200, 20)
        keep_hearing(connection, "call-2", "whisper-base", DAY.begin, 100, 10)
        (heard,) = read_dashboard(connection, DAY, MORNING).heard
        assert (heard.calls, heard.error_rate) == (2, 0.1)
    engine.dispose()


@pytest.mark.parametrize(
    ("begin", "ended"),
    [
        (datetime(2026, 11, 20, 1, 0), datetime(2026, 11, 20, 1, 5)),
        (datetime(1, 1, 1, tzinfo=UTC), MORNING),
        (MORNING + timedelta(hours=1), MORNING),
        (None, MORNING),
    ],
)
def test_impossible_times_of_a_call_are_left_out(begin: datetime | None, ended: datetime) -> None:
    known = fact_of(replace(made(), called_at=begin, ended_at=ended))
    assert (known.talk_s, known.wrap_s) == (None, None)
    edge = fact_of(replace(made(), submitted_at=datetime(9999, 12, 31, 23, tzinfo=UTC)))
    assert edge.day == date(9999, 12, 31)


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="days"):
        Period(date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(ValueError, match="moon"):
        Behind(DAY, "moon")
    assert tuple(DIMENSIONS) == values.DIMENSIONS
    assert tuple(MEASURES) == values.MEASURES


def test_the_benchmark_runs(tmp_path: Path) -> None:
    with closing(CentreDatabase(default_url(tmp_path))) as one:
        figures = measure(one, tickets=3000, pages=1)
    assert figures["page_ms"]["month"]["n"] == 1
