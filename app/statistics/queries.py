"""What a dashboard page and a report show, out of the sums; and the tickets behind every number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select, text

from app.statistics.groups import largest_of, read_groups
from app.statistics.page import (
    ENGINE,
    HEARD,
    OVERDUE,
    PAGE,
    Behind,
    Candidate,
    Dashboard,
    Heard,
    Issue,
    Period,
    Slice,
    Sums,
)
from app.statistics.page import MATTER as OF_MATTER
from app.statistics.tables import DIMENSIONS, MEASURES, OPEN, episode, fact, hearing, tally

TOP = 10
GROUPS_OF_CANDIDATE = 3


def read_dashboard(
    connection: Connection, period: Period, now: datetime | None = None, candidates: bool = False
) -> Dashboard:
    """A page; every list from a handful of statements over the sums."""

    def top(dimension: str, by: str = "tickets", limit: int = TOP) -> tuple[Slice, ...]:
        return _slices(connection, period, dimension, by, limit)

    whole = _sums(connection, period)
    return Dashboard(
        period=period,
        total=Slice("", whole),
        before=_sums(connection, period.before()),
        overdue=_overdue(connection, now or datetime.now(UTC)),
        days=_days(connection, period),
        hours=top("hour", limit=24 * 8),
        types=top("type"),
        handlings=top("handling"),
        categories=top("category"),
        streets=top("street"),
        districts=top("district", limit=20),
        units=top("unit", "counted"),
        returned_units=top("unit", "returned"),
        gaps=top("category", "gaps"),
        risks=top("risk"),
        seats=top("seat", "timed"),
        issues=_issues(connection, period),
        heard=_heard(connection, period),
        candidates=read_candidates(connection, period) if candidates else (),
        groups=read_groups(connection, period, TOP),
    )


def tickets_behind(
    connection: Connection,
    behind: Behind,
    offset: int = 0,
    limit: int = PAGE,
    now: datetime | None = None,
) -> tuple[str, ...]:
    """Ids of the tickets behind a number, newest first."""
    chosen = select(fact.c.ticket_id)
    if behind.measure == OVERDUE:
        chosen = chosen.where(*_is_overdue(now or datetime.now(UTC)))
    elif behind.measure == HEARD:
        chosen = chosen.where(fact.c.call.in_(_corrected(behind)))
    else:
        chosen = chosen.where(fact.c.day.between(behind.period.begin, behind.period.end))
        if behind.measure != "tickets":
            chosen = chosen.where(MEASURES[behind.measure] > 0)
    if behind.dimension == OF_MATTER:
        chosen = chosen.where(fact.c.stream.in_(_streams_of(behind)))
    elif behind.dimension not in ("all", ENGINE):
        chosen = chosen.where(DIMENSIONS[behind.dimension] == behind.value)
    chosen = chosen.order_by(fact.c.at.desc(), fact.c.ticket_id).limit(limit).offset(offset)
    return tuple(connection.scalars(chosen))


def read_candidates(connection: Connection, period: Period) -> tuple[Candidate, ...]:
    """Matters for "one issue a month", weightiest first."""
    now, before = _by_matter(connection, period), _by_matter(connection, period.before())
    found = [
        Candidate(
            matter=matter,
            tickets=sum(row.tickets for row in rows),
            before=sum(row.tickets for row in before.get(matter, ())),
            districts=len(rows),
            counted=sum(row.counted for row in rows),
            unsolved=sum(row.unsolved for row in rows),
            returned=sum(row.returned for row in rows),
        )
        for matter, rows in now.items()
    ]
    found = sorted(found, key=lambda one: (-one.weight, one.matter))[:TOP]
    streams = {row.value: one.matter for one in found for row in now[one.matter]}
    alike = largest_of(connection, period, streams, GROUPS_OF_CANDIDATE)
    return tuple(replace(one, alike=alike.get(one.matter, ())) for one in found)


def _by_matter(connection: Connection, period: Period) -> dict[str, list[Row[Any]]]:
    """Sums of every stream with tickets, by matter."""
    names = ("tickets", "counted", "unsolved", "returned")
    chosen = (
        select(tally.c.value, *(func.sum(tally.c[name]).label(name) for name in names))
        .where(*_within(period, "stream"))
        .group_by(tally.c.value)
    )
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(chosen):
        found[row.value.partition("|")[0]].append(row)
    return found


def _streams_of(behind: Behind) -> Select[Any]:
    """A matter in every district that had tickets."""
    return select(literal(f"{behind.value}|") + tally.c.value).where(
        *_within(behind.period, "district")
    )


def _corrected(behind: Behind) -> Select[Any]:
    """The calls whose text was corrected, of one engine or of all."""
    within = hearing.c.day.between(behind.period.begin, behind.period.end)
    chosen = select(hearing.c.call_id).where(within)
    return chosen.where(hearing.c.engine == behind.value) if behind.dimension == ENGINE else chosen


def _within(period: Period, dimension: str) -> Iterable[Any]:
    return (tally.c.dimension == dimension, tally.c.day.between(period.begin, period.end))


def _columns() -> Sequence[Any]:
    return [func.coalesce(func.sum(tally.c[name]), 0).label(name) for name in MEASURES]


def _sums(connection: Connection, period: Period) -> Sums:
    row = connection.execute(select(*_columns()).where(*_within(period, "all"))).one()
    return {name: int(getattr(row, name)) for name in MEASURES}


def _days(connection: Connection, period: Period) -> tuple[tuple[date, Sums], ...]:
    """Every day of the period, also those without a ticket."""
    rows = connection.execute(select(tally).where(*_within(period, "all")))
    known = {row.day: {name: int(getattr(row, name)) for name in MEASURES} for row in rows}
    none = dict.fromkeys(MEASURES, 0)
    every = (period.begin + timedelta(days=number) for number in range(period.days))
    return tuple((day, known.get(day, none)) for day in every)


def _slices(
    connection: Connection, period: Period, dimension: str, by: str, limit: int
) -> tuple[Slice, ...]:
    """The values with the greatest sum of ``by``; ties in the order of their names."""
    most = func.sum(tally.c[by])
    first = (
        select(tally.c.value)
        .where(*_within(period, dimension))
        .group_by(tally.c.value)
        .having(most > 0)
        .order_by(most.desc(), tally.c.value)
        .limit(limit)
    )
    names = connection.scalars(first).all()  # the many sums are then taken of these few alone
    chosen = (
        select(tally.c.value, *_columns())
        .where(*_within(period, dimension), tally.c.value.in_(names))
        .group_by(tally.c.value)
    )
    found = {row.value: row for row in connection.execute(chosen)}
    rows = [found[name] for name in names]
    known = connection.execute(
        select(tally.c.value, func.sum(tally.c.tickets).label("sum"))
        .where(*_within(period.before(), dimension), tally.c.value.in_(names))
        .group_by(tally.c.value)
    )
    before = {row.value: int(row.sum) for row in known}
    return tuple(
        Slice(
            row.value,
            {name: int(getattr(row, name)) for name in MEASURES},
            before.get(row.value, 0),
        )
        for row in rows
    )


def _is_overdue(now: datetime) -> Iterable[Any]:
    return text(OPEN), fact.c.due_at < int(now.timestamp())


def _overdue(connection: Connection, now: datetime) -> int:
    return connection.scalar(select(func.count()).select_from(fact).where(*_is_overdue(now))) or 0


def _issues(connection: Connection, period: Period) -> tuple[Issue, ...]:
    chosen = (
        select(episode)
        .where(episode.c.end >= period.begin, episode.c.begin <= period.end)
        .order_by(episode.c.chance)
        .limit(TOP)
    )
    return tuple(
        Issue(row.stream, row.begin, row.end, row.day, row.window, row.seen, row.expected)
        for row in connection.execute(chosen)
    )


def _heard(connection: Connection, period: Period) -> tuple[Heard, ...]:
    chosen = (
        select(
            hearing.c.engine,
            func.count(),
            func.sum(hearing.c.characters),
            func.sum(hearing.c.errors),
        )
        .where(hearing.c.day.between(period.begin, period.end))
        .group_by(hearing.c.engine)
        .order_by(hearing.c.engine)
    )
    return tuple(
        Heard(engine, calls, int(characters), int(errors))
        for engine, calls, characters, errors in connection.execute(chosen)
    )
