"""Forget a caller at the seat, when the centre says so."""

from __future__ import annotations

from pydantic import JsonValue
from sqlalchemy import Connection, delete, select, update

from app.desk import OutboxState
from app.storage.schema import call, draft, line_call, outbox, ticket, told, utterance
from app.sync.changes import forgotten_content
from app.sync.kinds import TICKET_CONTENT, TICKET_FORGOTTEN, TICKET_LIFE
from app.sync.protocol import SUBMIT_TICKET


def forget(connection: Connection, ticket_id: str, body: JsonValue) -> None:
    """Drop what says who called and what was said: of the ticket, its call and its amendments."""
    row = connection.execute(select(ticket).where(ticket.c.id == ticket_id)).first()
    if row is None:
        return
    kept = {name: row.body[name] for name in ("id", "call_id", "seat", "submitted_at")}
    kept["content"] = forgotten_content(row.body["content"])
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(body=kept))
    mine = outbox.c.ticket_id == ticket_id
    connection.execute(delete(outbox).where(mine, outbox.c.kind != SUBMIT_TICKET))
    submitted = update(outbox).where(mine, outbox.c.state == OutboxState.ACCEPTED)
    connection.execute(submitted.values(payload={"id": ticket_id}))
    connection.execute(
        delete(told).where(told.c.kind.in_([TICKET_CONTENT, TICKET_LIFE]), told.c.key == ticket_id)
    )
    connection.execute(delete(utterance).where(utterance.c.call_id == row.call_id))
    connection.execute(delete(draft).where(draft.c.call_id == row.call_id))
    connection.execute(update(call).where(call.c.id == row.call_id).values(caller_line=None))
    connection.execute(update(line_call).where(line_call.c.call_id == row.call_id).values(number=None))


def forgotten_calls(connection: Connection) -> tuple[str, ...]:
    """Calls whose recording must go."""
    query = (
        select(ticket.c.call_id)
        .join(told, told.c.key == ticket.c.id)
        .where(told.c.kind == TICKET_FORGOTTEN)
        .distinct()
    )
    return tuple(connection.scalars(query))
