"""The dashboard over a million made tickets: time of a page and of the tickets behind its numbers.

A year of tickets with seeded dice: categories, places and units as uneven as a city's, weekdays and
hours, returns, deadlines, callbacks. On SQLite and, where one can be started, on PostgreSQL.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import insert, text

from app.dispatch.catalogue import bundled_catalogue
from app.domain.city import CITY_TIME
from app.domain.ticket import RequestType
from app.statistics.keeping import find_issues, sum_days
from app.statistics.page import Behind, Dashboard, Group, Period
from app.statistics.queries import read_dashboard, tickets_behind
from app.statistics.tables import fact
from bench.postgres import NoPostgresError, new_database, running_postgres
from resources.places import bundled_gazetteer
from server.asking import Asker
from server.database import CentreDatabase, default_url
from server.life.showing import cases_of
from server.rights import Role
from server.seats import add_seat
from server.statistics.following import follow_tickets
from server.statistics.groups import groups, titled

TICKETS = int(os.environ.get("JIESU_BENCH_TICKETS", "1000000"))
DAYS = 400
SEED = 7
PAGES = 40
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=CITY_TIME)
LEAD = Asker("lead", frozenset({Role.TEAM_LEAD}))
CHUNK = 20_000


def run(data: Path | None) -> dict[str, Any]:
    """Figures by database."""
    del data  # made here
    figures: dict[str, Any] = {"tickets": TICKETS, "days": DAYS, "seed": SEED}
    with (
        tempfile.TemporaryDirectory(prefix="jiesu-dashboard-") as folder,
        closing(CentreDatabase(default_url(Path(folder)))) as database,
    ):
        figures["sqlite"] = measure(database)
    try:
        with (
            running_postgres(durable=True) as cluster,
            closing(CentreDatabase(new_database(cluster))) as database,
        ):
            figures["postgresql"] = measure(database)
    except NoPostgresError as error:
        figures["postgresql"] = {"skipped": str(error)}
    return figures


def measure(database: CentreDatabase, tickets: int = TICKETS, pages: int = PAGES) -> dict[str, Any]:
    """Fill a centre, then ask it."""
    began = time.perf_counter()
    fill(database, tickets)
    filled = time.perf_counter() - began
    began = time.perf_counter()
    with database.write() as connection:
        sum_days(connection, _every_day())
    summed = time.perf_counter() - began
    _settle(database)
    began = time.perf_counter()
    with database.write() as connection:
        find_issues(connection, TODAY)
    issues = time.perf_counter() - began
    dice = np.random.default_rng(SEED)
    periods = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    figures: dict[str, Any] = {
        "fill_s": round(filled, 1),
        "sum_all_days_s": round(summed, 1),
        "find_issues_s": round(issues, 2),
        "page_ms": {
            name: _times(partial(_page, database, dice, days), pages) for name, days in periods.items()
        },
    }
    with database.read() as connection:
        shown = read_dashboard(connection, Period(TODAY - timedelta(days=29), TODAY), NOW)
        rising = len(shown.issues)
    numbers = list(numbers_of(shown))
    figures["behind_ms"] = _times(lambda: _behind(database, dice, numbers), 4 * pages)
    figures["follow_1000_changes_ms"] = _times(lambda: _change(database, dice), 3)
    figures["issues_in_month"] = rising
    figures["groups_ms"] = _times(lambda: _groups(database, dice), pages)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures


def fill(database: CentreDatabase, tickets: int = TICKETS) -> None:
    """Made facts, and the tickets and lives that the lists of tickets show."""
    add_seat(database, "seat-1")
    for rows in _facts(tickets):
        with database.write() as connection:
            connection.execute(insert(fact), rows)
    with database.write() as connection:
        for statement in _REST[connection.dialect.name]:
            connection.execute(text(statement))
    if database.postgres_address:
        with database.write() as connection:
            connection.execute(text("ANALYZE"))


def _settle(database: CentreDatabase) -> None:
    """What PostgreSQL's autovacuum does within minutes after so much was written at once."""
    if address := database.postgres_address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def _facts(tickets: int) -> Iterator[list[dict[str, Any]]]:
    dice = np.random.default_rng(SEED)
    items = [item.code for item in bundled_catalogue().items]
    streets = [
        (street.district, street.district + street.name) for street in bundled_gazetteer().streets
    ]
    units = [f"{street}办" for _, street in streets] + [f"市属单位{number}" for number in range(60)]
    types, risks = [kind.value for kind in RequestType], ["", "群体", "火灾", "燃气", "极端"]
    hours = np.r_[np.full(7, 1.0), np.full(15, 6.0), np.full(2, 2.0)]
    weekday = np.array([1.15, 1.1, 1.05, 1.0, 1.0, 0.8, 0.75])
    first = TODAY - timedelta(days=DAYS - 1)
    weights = np.array([weekday[(first + timedelta(days=n)).weekday()] for n in range(DAYS)])
    for begin in range(0, tickets, CHUNK):
        count = min(CHUNK, tickets - begin)
        day = np.sort(dice.choice(DAYS, count, p=weights / weights.sum()))
        hour = dice.choice(24, count, p=hours / hours.sum())
        item = _uneven(dice, len(items), count)
        street = _uneven(dice, len(streets), count)
        unit = np.where(dice.random(count) < 0.7, street, len(streets) + dice.integers(0, 60, count))
        kind = dice.choice(len(types), count, p=[0.55, 0.15, 0.2, 0.05, 0.03, 0.02])
        risk = dice.choice(len(risks), count, p=[0.97, 0.01, 0.01, 0.005, 0.005])
        luck = dice.random((count, 6))
        alike = _alike(dice, begin, item, street)
        rows = []
        for n in range(count):
            at_day = first + timedelta(days=int(day[n]))
            moment = datetime.combine(at_day, datetime.min.time(), CITY_TIME)
            at = int(moment.timestamp()) + int(hour[n]) * 3600 + n % 3600
            sent = kind[n] != 0
            took = int(luck[n, 0] * 9 * 86_400)
            reported = sent and at + took < NOW.timestamp()
            counted = reported and kind[n] in (1, 2, 3)
            district, name = streets[street[n]]
            code = items[item[n]]
            rows.append(
                {
                    "ticket_id": f"t{begin + n:07d}",
                    "at": at,
                    "day": at_day,
                    "hour": int(hour[n]),
                    "type": types[kind[n]],
                    "handling": "dispatch" if sent else "answer",
                    "category": code,
                    "district": district,
                    "street": name,
                    "stream": f"{code[:6]}|{district}",
                    "unit": units[unit[n]] if sent else "",
                    "seat": "seat-1",
                    "risk": risks[risk[n]],
                    "dispatched": int(sent),
                    "returned": int(sent and luck[n, 1] < 0.06),
                    "due_at": at + 7 * 86_400 if sent else None,
                    "reported_at": at + took if reported else None,
                    "counted": int(counted),
                    "contacted": int(counted and luck[n, 2] < 0.97),
                    "solved": int(counted and luck[n, 2] < 0.88),
                    "satisfied": int(counted and luck[n, 2] < 0.84),
                    "cited": int(luck[n, 3] < 0.8),
                    "talk_s": int(60 + 300 * luck[n, 4]),
                    "wrap_s": int(90 * luck[n, 5]),
                    "call": "c",
                    "alike": alike.get(n, ""),
                }
            )
        yield rows


def _alike(
    dice: np.random.Generator, begin: int, item: Sequence[int], street: Sequence[int]
) -> dict[int, str]:
    """Half of the tickets of one item in one street within some days are about one thing."""
    first: dict[tuple[int, int], int] = {}
    groups = {}
    for n in range(len(item)):
        place = int(item[n]), int(street[n])
        if place not in first:
            first[place] = n
        elif dice.random() < 0.5:
            groups[first[place]] = groups[n] = f"t{begin + first[place]:07d}"
    return groups


def _uneven(dice: np.random.Generator, kinds: int, count: int) -> Any:
    """Few are frequent, many are rare."""
    weights = 1 / np.arange(1, kinds + 1) ** 0.8
    return dice.choice(kinds, count, p=weights / weights.sum())


def _every_day() -> Sequence[date]:
    return [TODAY - timedelta(days=n) for n in range(DAYS)]


def _page(database: CentreDatabase, dice: np.random.Generator, days: int) -> Dashboard:
    end = TODAY - timedelta(days=int(dice.integers(0, max(1, DAYS - 2 * days))))
    with database.read() as connection:
        page = read_dashboard(connection, Period(end - timedelta(days=days - 1), end), NOW)
    return titled(database, page)


def _groups(database: CentreDatabase, dice: np.random.Generator) -> None:
    """A page of groups of a month, perhaps far back in the list."""
    month = Period(TODAY - timedelta(days=29), TODAY)
    groups(database, LEAD, month, int(dice.integers(0, 1000)))


def numbers_of(page: Dashboard) -> Iterator[Behind]:
    """The numbers of a page that can be opened."""
    for measure in ("tickets", "returned", "late", "gaps", "unsatisfied", "risky", "overdue"):
        yield Behind(page.period, measure=measure)
    for dimension, slices, measure in (
        ("category", page.categories, "tickets"),
        ("street", page.streets, "tickets"),
        ("unit", page.returned_units, "returned"),
        ("unit", page.units, "unsolved"),
        ("risk", page.risks, "tickets"),
        ("hour", page.hours[:5], "tickets"),
        ("alike", page.groups, "tickets"),
    ):
        for one in slices:
            if one.sums[measure]:
                value = one.id if isinstance(one, Group) else one.value
                yield Behind(page.period, dimension, value, measure)


def _behind(database: CentreDatabase, dice: np.random.Generator, numbers: Sequence[Behind]) -> None:
    number = numbers[int(dice.integers(len(numbers)))]
    with database.read() as connection:
        names = tickets_behind(connection, number, now=NOW)
    if not cases_of(database, LEAD, names):
        raise AssertionError(f"no tickets behind {number}")


def _change(database: CentreDatabase, dice: np.random.Generator) -> None:
    """A thousand tickets of the last two weeks move, and the sums follow."""
    newest = TICKETS - int(dice.integers(1000, 20_000))
    with database.write() as connection:
        connection.execute(text(_MOVED), {"first": f"t{newest - 1000:07d}", "last": f"t{newest:07d}"})
    follow_tickets(database)


def _times(work: Callable[[], object], times: int) -> dict[str, float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return {
        "n": times,
        "p50": round(float(np.percentile(took, 50)), 1),
        "p95": round(float(np.percentile(took, 95)), 1),
        "max": round(max(took), 1),
    }


def _payload(concat: str) -> str:
    return concat.format(
        a='\'{"id":"\'',
        b='\'","call_id":"c","seat":"seat-1","submitted_at":"2026-11-01T00:00:00Z","content":'
        '{"subject":"made","type":"\'',
        c='\'","handling":"\'',
        d='\'","district":"\'',
        e='\'","category":{"code":"\'',
        f='\'","path":["made"]}}}\'',
    )


def _statements(moment: str, payload: str) -> tuple[str, ...]:
    return (
        "INSERT INTO ticket (id, number, seat, content_hash, payload, submitted_at, received_at) "
        f"SELECT ticket_id, 'N' || ticket_id, 'seat-1', '', {payload}, {moment.format('at')}, "
        f"{moment.format('at')} FROM stat_fact",
        "INSERT INTO ticket_life (ticket_id, stage, unit, started_at, due_at, escalated, objected, "
        f"unsolved) SELECT ticket_id, 'handling', unit, {moment.format('at')}, "
        f"{moment.format('due_at')}, 0, false, 0 FROM stat_fact",
    )


_JOINED = (
    "{a} || ticket_id || {b} || type || {c} || handling || {d} || district || {e} || category || {f}"
)
_REST = {
    "sqlite": _statements("datetime({}, 'unixepoch')", _payload(_JOINED)),
    "postgresql": _statements("to_timestamp({})", _payload(_JOINED)),
}
_MOVED = (
    "INSERT INTO ticket_event (ticket_id, at, who, unit, step, stage, detail) "
    "SELECT ticket_id, '2026-11-22 00:00:00+00', 'u', unit, 'report', 'reported', '{}' FROM stat_fact "
    "WHERE ticket_id >= :first AND ticket_id < :last"
)


def main() -> None:
    """A small run, printed."""
    print(run(None))


if __name__ == "__main__":
    main()
