"""Amendments of submitted tickets at the seat: its own, and what the centre made of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from app.desk import OutboxState
from app.domain.amending import Conflict, check_values, difference, with_values
from app.domain.codec import content_from_json, ticket_from_json
from app.domain.ticket import Ticket, TicketContent
from app.storage.outbox import add_operation
from app.storage.schema import meta, outbox, ticket, told
from app.sync.clock import HybridClock, read_stamp
from app.sync.kinds import TICKET_CONTENT
from app.sync.protocol import AMEND_TICKET, SUBMIT_TICKET
from resources.errors import UserError

log = logging.getLogger(__name__)
_CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class _News:
    """The body of ``TICKET_CONTENT``."""

    content: dict[str, JsonValue]
    conflicts: dict[str, Conflict]


def amend(
    connection: Connection, ticket_id: str, content: TicketContent, words: str, seat: str
) -> Ticket:
    """Put a submitted ticket right here and queue the amendment for the centre.

    Raises ``UserError`` when there is no such ticket, or the centre has refused it: that one is
    mended as a whole.
    """
    row = connection.execute(select(ticket).where(ticket.c.id == ticket_id)).first()
    refused = select(outbox.c.seq).where(
        outbox.c.ticket_id == ticket_id,
        outbox.c.kind == SUBMIT_TICKET,
        outbox.c.state == OutboxState.REFUSED,
    )
    if row is None or connection.execute(refused).first():
        raise UserError("TICKET_NOT_AMENDABLE")
    before = ticket_from_json({**row.body, "number": row.number})
    base, wanted = difference(before.content, content)
    if not wanted:
        return before
    body = row.body | {"content": with_values(row.body["content"], wanted)}
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(body=body))
    payload = {
        "id": ticket_id,
        "base": base,
        "wanted": wanted,
        "words": words,
        "stamp": _next_stamp(connection, seat),
    }
    add_operation(connection, AMEND_TICKET, ticket_id, payload)
    return ticket_from_json({**body, "number": row.number})


def _next_stamp(connection: Connection, seat: str) -> str:
    """Later than every stamp this seat has made, whatever its clock shows."""
    kept = connection.scalar(select(meta.c.value).where(meta.c.name == _CLOCK))
    stamp = str(HybridClock(seat, read_stamp(kept) if kept else None).now())
    connection.execute(
        insert(meta)
        .values(name=_CLOCK, value=stamp)
        .on_conflict_do_update(index_elements=["name"], set_={"value": stamp})
    )
    return stamp


def follow_content(connection: Connection, ticket_id: str, body: JsonValue) -> None:
    """Take over what the centre made of a ticket; fields with an amendment on its way stay."""
    try:
        news = TypeAdapter(_News).validate_python(body)
        check_values(news.content)
    except (ValidationError, ValueError):
        log.warning("an amendment of the centre cannot be read")
        return
    row = connection.execute(select(ticket).where(ticket.c.id == ticket_id)).first()
    if row is None:
        return
    waiting = select(outbox.c.payload).where(
        outbox.c.ticket_id == ticket_id,
        outbox.c.kind == AMEND_TICKET,
        outbox.c.state == OutboxState.WAITING,
    )
    own = {name for payload in connection.scalars(waiting) for name in payload["wanted"]}
    values = {name: value for name, value in news.content.items() if name not in own}
    content = with_values(row.body["content"], values)
    try:
        content_from_json(content)
    except ValueError:
        log.warning("an amendment of the centre does not fit its ticket")
        return
    changed = update(ticket).where(ticket.c.id == ticket_id)
    connection.execute(changed.values(body=row.body | {"content": content}))


def conflicts_of(connection: Connection, ticket_id: str) -> Mapping[str, Conflict]:
    """Fields that this seat and the centre changed at the same time, with both values."""
    query = select(told.c.body).where(told.c.kind == TICKET_CONTENT, told.c.key == ticket_id)
    body: Any = connection.scalar(query)
    try:
        return TypeAdapter(_News).validate_python(body).conflicts if body else {}
    except ValidationError:
        return {}
