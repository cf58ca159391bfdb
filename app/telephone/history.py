"""Who is calling: what this seat already knows of a number, from its own store and memory only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.dispatch.duplicates import TicketRow
from app.domain.ticket import Handling, Ticket, TicketContent
from app.telephone.number import number_of

if TYPE_CHECKING:
    from app.storage.seat_store import SeatStore

LAST_CALLS = 3
MOST_TICKETS = 8
MOST_AROUND = 3


@dataclass(frozen=True, slots=True)
class CallerTicket:
    """An earlier ticket of the caller. ``open``: its limit still runs, as far as this seat knows.

    ``maybe``: the number only stands in what was written down; it may be somebody else's ticket.
    """

    ticket: Ticket
    open: bool
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class CallerHistory:
    """What a number is known for. ``calls``: when it called, newest first, of ``times`` calls in all.

    ``same_place`` and ``same_matter`` are tickets of others around the caller's newest ticket.
    """

    number: str
    tickets: tuple[CallerTicket, ...] = ()
    calls: tuple[datetime, ...] = ()
    times: int = 0
    same_place: tuple[TicketRow, ...] = ()
    same_matter: tuple[TicketRow, ...] = ()

    @property
    def open(self) -> int:
        """How many of the tickets are still open."""
        return sum(one.open and not one.maybe for one in self.tickets)


Around = Callable[[TicketContent], tuple[Sequence[TicketRow], Sequence[TicketRow]]]
"""Tickets of others at the place, and of the matter, of a content."""


def history_of(
    number: str,
    store: SeatStore,
    around: Around,
    due: Callable[[TicketContent, datetime], datetime | None],
    before: datetime,
) -> CallerHistory:
    """Look up what was before a moment of a number; open tickets first, then the newest."""
    found = store.tickets_of_caller(number, MOST_TICKETS)
    tickets = [
        CallerTicket(one, _is_open(one, due, before), maybe=_only_named(number, one.content))
        for one in found
    ]
    times, calls = store.calls_of_caller(number, before, LAST_CALLS)
    place: Sequence[TicketRow] = ()
    matter: Sequence[TicketRow] = ()
    if tickets:
        newest = next((one for one in tickets if not one.maybe), tickets[0])
        own = {one.ticket.id for one in tickets}
        place, matter = (
            [row for row in rows if row.id not in own][:MOST_AROUND]
            for rows in around(newest.ticket.content)
        )
    tickets.sort(key=lambda one: (one.maybe, not one.open))
    return CallerHistory(number, tuple(tickets), calls, times, tuple(place), tuple(matter))


def _only_named(number: str, content: TicketContent) -> bool:
    return number in (content.summary or "") and number_of(content.caller.phone or "") != number


def _is_open(
    ticket: Ticket, due: Callable[[TicketContent, datetime], datetime | None], now: datetime
) -> bool:
    if ticket.content.handling is Handling.ANSWER:
        return False
    limit = due(ticket.content, ticket.called_at or ticket.submitted_at)
    return limit is not None and limit > now
