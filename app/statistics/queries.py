"""What a dashboard page and a report show, out of the sums; and the tickets behind every number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from app.statistics.tables import DIMENSIONS, MEASURES, episode, fact, hearing, tally

OVERDUE = "overdue"
"""A measure of this moment, not of a day: dispatched, not reported, limit passed."""
TOP = 10
MAX_DAYS = 800
PAGE = 50


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the city's clock, both ends included."""

    begin: date
    end: date

    def __post_init__(self) -> None:
        if not 0 <= (self.end - self.begin).days < MAX_DAYS:
            raise ValueError(f"1 to {MAX_DAYS} days")

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.begin).days + 1

    def before(self) -> Period:
        """As many days just before."""
        return Period(self.begin - timedelta(days=self.days), self.begin - timedelta(days=1))


Sums = Mapping[str, int]
"""Measure → sum; see ``MEASURES``."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The sums of one value of a dimension, and its tickets in the period before."""

    value: str
    sums: Sums
    before: int = 0

    def share(self, part: str, whole: str) -> float | None:
        """One sum over another; ``None`` where there is nothing to divide by."""
        return share(self.sums, part, whole)


@dataclass(frozen=True, slots=True)
class Issue:
    """A rising issue: ``seen`` tickets in ``window`` days up to ``day``, ``expected`` were usual."""

    stream: str
    begin: date
    end: date
    day: date
    window: int
    seen: int
    expected: float


@dataclass(frozen=True, slots=True)
class Heard:
    """How well an engine heard the calls whose text was corrected."""

    engine: str
    calls: int
    characters: int
    errors: int

    @property
    def error_rate(self) -> float:
        """Character error rate."""
        return self.errors / self.characters if self.characters else 0.0


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything of one page. Lists stand in the order in which they are shown."""

    period: Period
    total: Slice
    before: Sums
    overdue: int
    days: tuple[tuple[date, Sums], ...]
    hours: tuple[Slice, ...]
    types: tuple[Slice, ...]
    handlings: tuple[Slice, ...]
    categories: tuple[Slice, ...]
    streets: tuple[Slice, ...]
    districts: tuple[Slice, ...]
    units: tuple[Slice, ...]
    returned_units: tuple[Slice, ...]
    gaps: tuple[Slice, ...]
    risks: tuple[Slice, ...]
    seats: tuple[Slice, ...]
    issues: tuple[Issue, ...]
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """Which tickets stand behind a number; ``measure`` is one of ``MEASURES`` or ``OVERDUE``."""

    period: Period
    dimension: str = "all"
    value: str = ""
    measure: str = "tickets"

    def __post_init__(self) -> None:
        if self.dimension not in DIMENSIONS or self.measure not in (*MEASURES, OVERDUE):
            raise ValueError(f"{self.dimension}, {self.measure}")


def share(sums: Sums, part: str, whole: str) -> float | None:
    """One sum over another; ``None`` where there is nothing to divide by."""
    return sums[part] / sums[whole] if sums.get(whole) else None


def read_dashboard(connection: Connection, period: Period, now: datetime | None = None) -> Dashboard:
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
    else:
        chosen = chosen.where(fact.c.day.between(behind.period.begin, behind.period.end))
        if behind.measure != "tickets":
            chosen = chosen.where(MEASURES[behind.measure] > 0)
    if behind.dimension != "all":
        chosen = chosen.where(DIMENSIONS[behind.dimension] == behind.value)
    chosen = chosen.order_by(fact.c.at.desc(), fact.c.ticket_id).limit(limit).offset(offset)
    return tuple(connection.scalars(chosen))


def behind_issue(issue: Issue) -> Behind:
    """The tickets that an issue's strongest alarm counted."""
    begin = issue.day - timedelta(days=issue.window - 1)
    return Behind(Period(begin, issue.day), "stream", issue.stream)


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
    chosen = (
        select(tally.c.value, *_columns())
        .where(*_within(period, dimension))
        .group_by(tally.c.value)
        .having(most > 0)
        .order_by(most.desc(), tally.c.value)
        .limit(limit)
    )
    rows = connection.execute(chosen).all()
    known = connection.execute(
        select(tally.c.value, func.sum(tally.c.tickets).label("sum"))
        .where(*_within(period.before(), dimension), tally.c.value.in_([row.value for row in rows]))
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
    return (fact.c.dispatched == 1, fact.c.reported_at.is_(None), fact.c.due_at < int(now.timestamp()))


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
