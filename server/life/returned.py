"""What all seats learn from a ticket that one unit rightly sent back and another took."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from app.domain.life import Step
from app.sync.changes import ReturnTold
from app.sync.kinds import DISPATCH_RETURN
from server.feed import News, tell
from server.kept import read_object, shown_ticket
from server.schema import ticket, ticket_event


def tell_return(connection: Connection, ticket_id: str, then: str) -> None:
    """Tell where a returned ticket goes now. Nothing about the caller and no free words travel."""
    upheld, objected = (_newest(connection, ticket_id, step) for step in (Step.UPHOLD, Step.OBJECT))
    payload = connection.scalar(select(ticket.c.payload).where(ticket.c.id == ticket_id))
    content = shown_ticket(str(payload), ticket_id).content
    unit = upheld.get("from", "")
    if not unit or unit == then or content.category is None:
        return
    told = ReturnTold(
        item=content.category.code,
        district=content.district,
        unit=unit,
        reason=objected.get("reason", ""),
        then=then,
    )
    tell(connection, [News(DISPATCH_RETURN, f"{ticket_id}/{upheld['seq']}", told.model_dump_json())])


def _newest(connection: Connection, ticket_id: str, step: Step) -> dict[str, Any]:
    query = select(ticket_event.c.seq, ticket_event.c.detail).where(
        ticket_event.c.ticket_id == ticket_id, ticket_event.c.step == step
    )
    row = connection.execute(query.order_by(ticket_event.c.seq.desc()).limit(1)).first()
    return {} if row is None else {**read_object(row.detail, "event"), "seq": row.seq}
