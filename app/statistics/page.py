"""A page of statistics as values: what is asked, what is shown, what stands behind a number.

No database here: the window and the wire use these without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

MEASURES = (
    *("tickets", "dispatched", "returned", "met", "late", "counted", "contacted", "solved"),
    *("satisfied", "unsolved", "unsatisfied", "questions", "gaps", "risky", "timed"),
    *("talk_s", "wrap_s"),
)
"""What is summed; see docs/statistics.md."""
DIMENSIONS = (
    *("all", "hour", "clock", "type", "handling", "category", "district", "street", "unit"),
    *("seat", "risk", "stream", "alike"),
)
"""By what is summed."""
MATTER = "matter"
"""Not summed by itself: all streams of one matter, whatever the district."""
OVERDUE = "overdue"
"""A measure of this moment, not of a day: dispatched, not reported, limit passed."""
HEARD = "heard"
"""A measure that is not summed: the text was corrected. By ``ENGINE``, where that is asked for."""
ENGINE = "engine"
MAX_DAYS = 800
PAGE = 50
"""Tickets that are listed at once."""


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
class Group:
    """Near-duplicates 同类诉求: tickets about one matter at one place, named by the first one.

    ``begin`` and ``end`` = first and last day of such tickets within the period. ``title`` = what the
    first ticket says, masked; empty where it is not known.
    """

    id: str
    stream: str
    street: str
    begin: date
    end: date
    sums: Sums
    title: str = ""

    def titled(self, titles: Mapping[str, str]) -> Group:
        """With what the first ticket says, where that is known."""
        return replace(self, title=titles.get(self.id, ""))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A matter for "one issue a month" 每月一题. ``districts`` = in how many it came up; ``alike`` =
    its largest groups of near-duplicates."""

    matter: str
    tickets: int
    before: int
    districts: int
    counted: int
    unsolved: int
    returned: int
    alike: tuple[Group, ...] = ()

    @property
    def weight(self) -> float:
        """Many tickets, in many districts, often unsolved: tickets x (1 + spread) x (1 + unsolved)."""
        unsolved = self.unsolved / self.counted if self.counted else 0.0
        return self.tickets * (1 + min(1.0, self.districts / 16)) * (1 + unsolved)


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
    candidates: tuple[Candidate, ...] = ()
    """Only where they were asked for."""
    groups: tuple[Group, ...] = ()
    """Largest first."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Which tickets stand behind a number; ``measure``: of ``MEASURES``, ``OVERDUE`` or ``HEARD``."""

    period: Period
    dimension: str = "all"
    value: str = ""
    measure: str = "tickets"

    def __post_init__(self) -> None:
        by = (*DIMENSIONS, MATTER, *((ENGINE,) if self.measure == HEARD else ()))
        if self.dimension not in by or self.measure not in (*MEASURES, OVERDUE, HEARD):
            raise ValueError(f"{self.dimension}, {self.measure}")


def share(sums: Sums, part: str, whole: str) -> float | None:
    """One sum over another; ``None`` where there is nothing to divide by."""
    return sums[part] / sums[whole] if sums.get(whole) else None


def behind_issue(issue: Issue) -> Behind:
    """The tickets that an issue's strongest alarm counted."""
    begin = issue.day - timedelta(days=issue.window - 1)
    return Behind(Period(begin, issue.day), "stream", issue.stream)


def first_tickets(page: Dashboard) -> frozenset[str]:
    """The tickets after which the page's groups are called."""
    of_candidates = (group for one in page.candidates for group in one.alike)
    return frozenset(group.id for group in (*page.groups, *of_candidates))


def with_titles(page: Dashboard, titles: Mapping[str, str]) -> Dashboard:
    """The page with what first tickets say."""
    candidates = tuple(
        replace(one, alike=tuple(group.titled(titles) for group in one.alike))
        for one in page.candidates
    )
    groups = tuple(group.titled(titles) for group in page.groups)
    return replace(page, groups=groups, candidates=candidates)


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket in the list behind a number. ``stage`` is empty where only the seat knows it."""

    id: str
    number: str
    subject: str
    where: str
    unit: str
    stage: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report that was made on schedule; ``begin`` = first day of its period."""

    kind: str
    begin: date
    form: str
    size: int

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{self.kind}-{self.begin}.{self.form}"


class StatisticsSource(Protocol):
    """Where a page comes from. Every method blocks, and raises ``UserError``."""

    def last_day(self) -> date:
        """The newest day that a page may show."""

    def dashboard(self, period: Period, candidates: bool = False) -> Dashboard:
        """A page, with the candidates for one issue a month if they are asked for."""

    def behind(self, number: Behind, offset: int = 0) -> tuple[TicketLine, ...]:
        """At most ``PAGE`` of the tickets behind a number, newest first."""

    def reports(self) -> tuple[MadeReport, ...]:
        """The reports that were made on schedule, newest first; a seat makes none."""

    def report(self, wanted: MadeReport) -> bytes:
        """One of them as a file."""

    def close(self) -> None:
        """Hang up."""


class Statistics(Protocol):
    """What a desk knows to ask."""

    def seat(self) -> StatisticsSource:
        """This seat's own tickets."""

    def centre(self, url: str, name: str, password: str) -> StatisticsSource:
        """The whole centre, for a team lead. Raises ``UserError``."""
