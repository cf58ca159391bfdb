"""Keep facts and their sums in step: facts are replaced one by one, the sums of a day as a whole.

A day's sums are computed again from its facts in SQL, so doing it twice changes nothing and whatever
was interrupted is mended by the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, func, insert, inspect, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.city import CITY_TIME
from app.review.rising import Counts, find_rising
from app.statistics.facts import Fact
from app.statistics.grouping import Sketch
from app.statistics.groups import begin_groups, join_groups
from app.statistics.tables import (
    DIMENSIONS,
    MEASURES,
    VERSION,
    episode,
    fact,
    hearing,
    mark,
    metadata,
    tally,
)

CURSOR = "cursor"
_VERSION = "version"
_RISING_DAY = "rising_day"
HISTORY = timedelta(days=2 * 364)
"""How far back rising issues look: season and level."""
JUDGED = timedelta(days=31)
"""Rising issues are looked for in so many newest days."""
_ROWS = 500


def prepare(connection: Connection) -> None:
    """Make the tables, or make them anew when another version built them."""
    if inspect(connection).has_table(mark.name) and read_mark(connection, _VERSION) == VERSION:
        return
    derived = [table for table in metadata.sorted_tables if table is not hearing]
    metadata.drop_all(connection, derived)
    metadata.create_all(connection)
    set_mark(connection, _VERSION, VERSION)


def read_mark(connection: Connection, name: str) -> int:
    """A mark; 0 where none is set."""
    return connection.scalar(select(mark.c.value).where(mark.c.name == name)) or 0


def set_mark(connection: Connection, name: str, value: int) -> None:
    """Set a mark."""
    connection.execute(delete(mark).where(mark.c.name == name))
    connection.execute(insert(mark).values(name=name, value=value))


def keep_facts(connection: Connection, facts: Sequence[Fact], sketches: Iterable[Sketch] = ()) -> None:
    """Keep facts in place of older ones of the same tickets, and sum their days again.

    A ticket that is new, or moved to another matter or district, joins the group it is like.
    """
    if not facts:
        return
    rows = {one.ticket_id: one.row() for one in facts}
    days = {one.day for one in facts}
    stays: dict[str, str] = {}
    for old in _take_out(connection, list(rows)):
        days.add(old.day)
        if old.stream == rows[old.ticket_id]["stream"]:
            stays[old.ticket_id] = old.alike
    joined = join_groups(connection, [one for one in sketches if one.ticket_id not in stays])
    for name, group in {**stays, **joined}.items():
        rows[name]["alike"] = group
    connection.execute(insert(fact), list(rows.values()))
    sum_days(connection, days | begin_groups(connection, set(joined.values())))


def _take_out(connection: Connection, names: Sequence[str]) -> Iterable[Any]:
    """Remove the facts of tickets: day, stream and group of those that were there."""
    for begin in range(0, len(names), _ROWS):
        known = fact.c.ticket_id.in_(names[begin : begin + _ROWS])
        old = select(fact.c.ticket_id, fact.c.day, fact.c.stream, fact.c.alike).where(known)
        yield from connection.execute(old).all()
        connection.execute(delete(fact).where(known))


def sum_days(connection: Connection, days: Iterable[date]) -> None:
    """Sum all facts of days again, by every dimension."""
    for day in sorted(days):
        connection.execute(delete(tally).where(tally.c.day == day))
        for name, value in DIMENSIONS.items():
            sums = [func.sum(measure) for measure in MEASURES.values()]
            chosen = select(literal(name), fact.c.day, value, *sums).where(fact.c.day == day)
            if name != "all":
                chosen = chosen.where(value != "")
            chosen = chosen.group_by(fact.c.day, *([value] if name != "all" else []))
            columns = ["dimension", "day", "value", *MEASURES]
            connection.execute(insert(tally).from_select(columns, chosen))


def keep_hearing(
    connection: Connection, call_id: str, engine: str, day: date, characters: int, errors: int
) -> None:
    """Keep how well an engine heard a call whose text was corrected; the newest counting stands."""
    values = {"day": day, "characters": characters, "errors": errors}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(hearing)
        .values(call_id=call_id, engine=engine, **values)
        .on_conflict_do_update(index_elements=["call_id", "engine"], set_=values)
    )


def stream_counts(connection: Connection, until: date) -> Counts:
    """Tickets a day of every stream, from the first known day (at most two years back)."""
    since = until - HISTORY
    chosen = select(tally.c.day, tally.c.value, tally.c.tickets).where(
        tally.c.dimension == "stream", tally.c.day.between(since, until)
    )
    rows = connection.execute(chosen).all()
    first = connection.scalar(
        select(func.min(tally.c.day)).where(tally.c.dimension == "all", tally.c.day >= since)
    )
    first = min(first or until, until)
    names = sorted({row.value for row in rows})
    place = {name: number for number, name in enumerate(names)}
    table = np.zeros((len(names), (until - first).days + 1))
    for row in rows:
        table[place[row.value], (row.day - first).days] = row.tickets
    apart = (name.partition("|") for name in names)
    return Counts(first, tuple((matter, district) for matter, _, district in apart), table)


def find_issues(connection: Connection, today: date | None = None, again: bool = False) -> None:
    """Look for rising issues up to yesterday, the last whole day; once a day unless ``again``."""
    until = (today or datetime.now(CITY_TIME).date()) - timedelta(days=1)
    number = until.toordinal()
    if not again and read_mark(connection, _RISING_DAY) == number:
        return
    found = find_rising(stream_counts(connection, until), since=until - JUDGED)
    connection.execute(delete(episode).where(episode.c.end >= until - JUDGED))
    rows = [
        {
            "stream": "|".join(one.stream),
            "begin": one.begin,
            "end": one.end,
            "day": one.strongest.day,
            "window": one.strongest.window,
            "seen": one.strongest.seen,
            "expected": one.strongest.expected,
            "chance": one.strongest.chance,
        }
        for one in found
    ]
    if rows:
        connection.execute(insert(episode), rows)
    set_mark(connection, _RISING_DAY, number)


def known_days(connection: Connection) -> tuple[date, date]:
    """The first and the last day that have tickets; today twice where there are none."""
    chosen = select(func.min(tally.c.day), func.max(tally.c.day)).where(tally.c.dimension == "all")
    first, last = connection.execute(chosen).one()
    today = datetime.now(UTC).astimezone(CITY_TIME).date()
    return first or today, last or today
