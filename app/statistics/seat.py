"""A seat's own statistics: derived from its tickets when they are asked for, kept in memory only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import StaticPool, create_engine

from app.domain.city import city_time
from app.domain.ticket import Ticket, UnitRole
from app.statistics.facts import fact_of
from app.statistics.grouping import sketch_of
from app.statistics.keeping import find_issues, keep_facts, keep_hearing, known_days, prepare
from app.statistics.page import (
    Behind,
    Dashboard,
    MadeReport,
    Period,
    TicketLine,
    first_tickets,
    with_titles,
)
from app.statistics.queries import read_dashboard, tickets_behind
from resources.errors import UserError

Tickets = Callable[[], Iterable[Ticket]]
Hearings = Callable[[], Iterable[tuple[Ticket, str, int, int]]]
"""Of tickets whose text was corrected: the engine, characters of the true text, errors."""


class SeatStatistics:
    """What one seat's tickets tell. Any thread; each method blocks.

    Nothing of it lies on disk: the tickets do, encrypted, and they are read again at each look.
    """

    def __init__(self, tickets: Tickets, hearings: Hearings = lambda: ()) -> None:
        self._tickets, self._hearings = tickets, hearings
        self._lock = threading.Lock()
        self._engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        self._known: dict[str, Ticket] = {}
        with self._engine.begin() as connection:
            prepare(connection)

    def days(self) -> Period:
        """From the first day with tickets to the last; takes in new tickets."""
        with self._lock, self._engine.begin() as connection:
            fresh = {one.id: one for one in self._tickets() if one.id not in self._known}
            if fresh:
                facts = [fact_of(one) for one in fresh.values()]
                keep_facts(connection, facts, map(sketch_of, fresh.values(), facts))
                self._known |= fresh
                find_issues(connection, again=True)
            for one, engine, characters, errors in self._hearings():
                day = city_time(one.submitted_at).date()
                keep_hearing(connection, one.call_id[:128], engine[:64], day, characters, errors)
            first, last = known_days(connection)
            return Period(max(first, last.replace(year=last.year - 1, day=1)), last)

    def dashboard(self, period: Period, candidates: bool = False) -> Dashboard:
        """A page."""
        self.days()
        with self._lock, self._engine.begin() as connection:
            page = read_dashboard(connection, period, candidates=candidates)
        return with_titles(page, {name: _says(self._known[name]) for name in first_tickets(page)})

    def last_day(self) -> date:
        """The last day with tickets."""
        return self.days().end

    def behind(self, number: Behind, offset: int = 0) -> tuple[TicketLine, ...]:
        """The seat's tickets behind a number."""
        with self._lock, self._engine.begin() as connection:
            names = tickets_behind(connection, number, offset)
        return tuple(_line(self._known[name]) for name in names)

    def reports(self) -> tuple[MadeReport, ...]:
        """None: a seat's reports are made when somebody asks for them."""
        return ()

    def report(self, wanted: MadeReport) -> bytes:
        """Never there; see ``reports``."""
        raise UserError("REPORT_UNKNOWN", name=wanted.name)

    def close(self) -> None:
        """Forget everything."""
        self._engine.dispose()


def _line(ticket: Ticket) -> TicketLine:
    content = ticket.content
    leads = [unit.name for unit in content.units if unit.role is UnitRole.LEAD]
    where = "".join(part for part in (content.district, content.street) if part)
    return TicketLine(ticket.id, ticket.number or "", _says(ticket), where, next(iter(leads), ""))


def _says(ticket: Ticket) -> str:
    return ticket.content.subject or ticket.content.summary or ""
