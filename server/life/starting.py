"""A submitted ticket begins its life: with its unit, in a queue, or closed because it was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, exists, func, insert, select

from app.dispatch.catalogue import LimitBasis, catalogue_in_force
from app.dispatch.limits import due_at
from app.domain.life import Stage
from app.domain.ticket import Handling, Ticket, TicketContent, UnitRole
from resources.errors import UserError
from server.database import insert_into
from server.kept import shown_ticket
from server.life.joining import find_earlier, note_joined
from server.life.matters import matter_row
from server.life.rules import life_rules
from server.life.timeline import event_row
from server.notices.settings import Kind
from server.notices.writing import Told, write_notices
from server.schema import ticket, ticket_assistant, ticket_event, ticket_life, ticket_matter

WEB = "web:"
"""How ``call_id`` begins when nobody called: the request came without an operator."""
PAGE = 500
LATE = timedelta(minutes=1)
"""How much later than its ``received_at`` a ticket may become visible."""
_SUBMIT = "submit"
"""The first line of every timeline; nobody takes it as a step."""
_DONE = (Handling.ANSWER, Handling.OTHER_CHANNEL, Handling.EMERGENCY)


def deadline(content: TicketContent, start: datetime) -> datetime | None:
    """When the limit that is printed on the ticket runs out."""
    if not content.limit_hours or content.limit_hours < 1 or content.limit_hours > 24 * 3660:
        return None
    basis = LimitBasis.NATURAL
    if content.category is not None:
        item = catalogue_in_force().by_code.get(content.category.code)
        basis = item.limit_basis if item else basis
    try:
        return due_at(start, content.limit_hours, basis)
    except UserError:  # the holidays of that year are not known yet: natural days, which end sooner
        return due_at(start, content.limit_hours)


def remind_at(start: datetime, due: datetime | None) -> datetime | None:
    """When a unit is reminded."""
    return None if due is None else start + (due - start) * life_rules().remind_at_share


def start_lives(connection: Connection, everything: bool = False) -> int:
    """Give tickets that have none their life; how many. ``everything`` looks beyond the newest."""
    query = (
        select(
            ticket.c.id, ticket.c.payload, ticket.c.seat, ticket.c.submitted_at, ticket.c.received_at
        )
        .where(~exists().where(ticket_life.c.ticket_id == ticket.c.id))
        .order_by(ticket.c.received_at)
        .limit(PAGE)
    )
    newest = connection.scalar(select(func.max(ticket_life.c.started_at)))
    if newest is not None and not everything:
        query = query.where(ticket.c.received_at >= newest - LATE)
    rows = connection.execute(query).all()
    begin_life(connection, rows)
    return len(rows)


def begin_life(connection: Connection, rows: Sequence[Row[str, str, str, datetime, datetime]]) -> None:
    """Write the first stage of tickets given as (id, payload, seat, submitted_at, received_at).

    Tickets that join an earlier one wait for that one's result and go to no unit.
    """
    lives, assistants, events, matters = [], [], [], []
    told = list[Told]()
    rows = sorted(rows, key=lambda row: row.id)
    contents = {row.id: shown_ticket(row.payload, row.id) for row in rows}
    begun = {name: first_stage(sent) for name, sent in contents.items()}
    about = {row.id: matter_row(row.id, contents[row.id].content, row.submitted_at) for row in rows}
    joins = {
        name: about[name]["joins"]
        for name, (stage, *_) in begun.items()
        if about[name]["joins"] and stage in (Stage.DISPATCHED, Stage.UNASSIGNED)
    }
    fresh = {name: (stage, lead) for name, (stage, lead, _) in begun.items()}
    earlier = find_earlier(connection, joins, fresh) if joins else {}
    for row in rows:
        sent, (stage, lead, others) = contents[row.id], begun[row.id]
        joined, due = earlier.get(row.id), deadline(sent.content, row.submitted_at)
        if joined is not None:
            stage, lead, others, due = Stage.JOINED, "", (), None
        lives.append(
            {
                "ticket_id": row.id,
                "stage": stage.value,
                "unit": lead,
                "started_at": row.received_at,
                "due_at": due,
                "remind_at": remind_at(row.received_at, due) if stage is not Stage.CLOSED else None,
                "extension_until": None,
                "escalated": 0,
                "objected": False,
                "unsolved": 0,
            }
        )
        matters.append(about[row.id] | ({"joins": joined.ticket_id} if joined else {}))
        assistants += [{"ticket_id": row.id, "unit": unit, "answered": False} for unit in others]
        if lead:
            told.append(Told(row.id, row.received_at, lead, Kind.NEW))
            told += [Told(row.id, row.received_at, unit, Kind.ASSIST) for unit in others]
        joining = {"number": joined.number} if joined else {}
        events.append(event_row(row.id, row.received_at, row.seat, lead, _SUBMIT, stage, joining))
    if lives:
        connection.execute(insert_into(connection, ticket_life), lives)
        connection.execute(insert(ticket_event), events)
        connection.execute(insert(ticket_matter), matters)
    if assistants:
        connection.execute(insert(ticket_assistant), assistants)
    note_joined(connection, earlier, {row.id: (row.received_at, row.seat) for row in rows})
    write_notices(connection, told)


def first_stage(sent: Ticket) -> tuple[Stage, str, tuple[str, ...]]:
    """The stage of a fresh ticket, its lead unit (or empty) and the assisting ones."""
    content = sent.content
    if sent.call_id.startswith(WEB):
        return Stage.WAITING, "", ()
    if content.handling in _DONE:
        return Stage.CLOSED, "", ()
    names = [unit.name[:128] for unit in content.units]
    leads = [unit.name[:128] for unit in content.units if unit.role is UnitRole.LEAD]
    if not names or content.handling is Handling.CONFER:
        return Stage.UNASSIGNED, "", ()
    lead = (leads or names)[0]
    return Stage.DISPATCHED, lead, tuple(dict.fromkeys(name for name in names if name != lead))
