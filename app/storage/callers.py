"""What the seat's database knows of a telephone number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, false, func, or_, select

from app.domain.ticket import Ticket
from app.storage.records import ticket_of_row
from app.storage.schema import call, ticket
from app.telephone.number import written_as

NEWEST = 20_000
"""So many of the newest calls and tickets are looked through: more than a year at one seat."""
LONG_ENOUGH = 7
"""Digits from which on a number that stands in a text is somebody's."""


def select_caller_tickets(connection: Connection, number: str, limit: int) -> tuple[Ticket, ...]:
    """The newest tickets first that were written in a call from a number, or that name it anywhere."""
    lately = select(ticket).order_by(ticket.c.submitted_at.desc()).limit(NEWEST).subquery()
    forms = written_as(number)
    written = func.json_extract(lately.c.body, "$.content.caller.phone")
    digits = func.replace(func.replace(func.replace(written, " ", ""), "-", ""), "+", "")
    words = func.json_extract(lately.c.body, "$.content.summary")
    named = words.contains(forms[0], autoescape=True) if len(forms[0]) >= LONG_ENOUGH else false()
    found = (
        select(lately.c.id)
        .join(call, call.c.id == lately.c.call_id)
        .where(or_(call.c.caller_line == number, digits.in_(forms), named))
        .order_by(lately.c.submitted_at.desc())
        .limit(limit)
    )
    names = list(connection.scalars(found))
    rows = connection.execute(select(ticket).where(ticket.c.id.in_(names)))
    read = {row.id: ticket_of_row(row) for row in rows}
    return tuple(read[name] for name in names)


def select_caller_calls(
    connection: Connection, number: str, before: datetime, limit: int
) -> tuple[int, tuple[datetime, ...]]:
    """How often a number called before a moment, and when last, newest first."""
    earlier = select(call).where(call.c.started_at < before)
    lately = earlier.order_by(call.c.started_at.desc()).limit(NEWEST).subquery()
    mine = select(lately.c.started_at).where(lately.c.caller_line == number)
    moments = tuple(connection.scalars(mine.order_by(lately.c.started_at.desc()).limit(limit)))
    times = connection.scalar(select(func.count()).select_from(mine.subquery())) or 0
    return times, moments
