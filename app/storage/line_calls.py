"""The seat's log of calls."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from app.storage.schema import line_call, ticket
from app.telephone.line import LineCall, Phase
from app.telephone.log import LoggedCall

MOST_ROWS = 20_000
"""Older ones go: more than a year at one seat."""


def insert_calls(connection: Connection, calls: Sequence[LoggedCall]) -> None:
    """Keep calls that are over."""
    rows = [
        {
            "began_at": one.began,
            "ended_at": one.line.since,
            "number": one.line.number,
            "phase": one.line.phase.value,
            "spent": {phase.value: seconds for phase, seconds in one.line.spent.items()},
            "sent_to": one.line.to,
            "call_id": one.line.call_id or None,
            "called_back": False,
        }
        for one in calls
    ]
    if rows:
        connection.execute(insert(line_call), rows)
        newest = connection.scalar(select(func.max(line_call.c.seq))) or 0
        connection.execute(delete(line_call).where(line_call.c.seq <= newest - MOST_ROWS))


def select_calls(connection: Connection, limit: int) -> tuple[LoggedCall, ...]:
    """The newest first, with the tickets that were written in them."""
    newest = select(line_call).order_by(line_call.c.began_at.desc(), line_call.c.seq.desc())
    rows = connection.execute(newest.limit(limit)).all()
    written: dict[str, list[str]] = {}
    names = {row.call_id for row in rows if row.call_id}
    of_calls = select(ticket.c.call_id, ticket.c.id).order_by(ticket.c.submitted_at)
    for call_id, ticket_id in connection.execute(of_calls.where(ticket.c.call_id.in_(names))):
        written.setdefault(call_id, []).append(ticket_id)
    return tuple(
        LoggedCall(
            row.seq,
            LineCall(
                f"\n{row.seq}",  # no telephone's name for a call
                row.number,
                Phase(row.phase),
                row.ended_at,
                {Phase(name): seconds for name, seconds in row.spent.items()},
                row.sent_to,
                row.call_id or "",
            ),
            row.began_at,
            tuple(written.get(row.call_id, ())),
            row.called_back,
        )
        for row in rows
    )


def note_called_back(connection: Connection, keys: Sequence[int], done: bool) -> None:
    """Somebody called these back, or did not after all."""
    connection.execute(update(line_call).where(line_call.c.seq.in_(keys)).values(called_back=done))
