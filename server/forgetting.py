"""Forget people: on request, and when a centre's time to keep is over.

What counts stays (kind, category, area, units, times, answers of callbacks); whatever says who called,
where they live or what they said goes, at the centre and at the ticket's seat.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from app.domain.life import Stage
from app.statistics.tables import first_ticket
from app.sync.changes import forgotten_content
from app.sync.kinds import TICKET_CONTENT, TICKET_FORGOTTEN, TICKET_LIFE
from app.sync.protocol import canonical
from resources.errors import UserError
from server.audit import note
from server.database import CentreDatabase
from server.feed import News, tell
from server.kept import read_object
from server.life.rules import life_rules
from server.schema import (
    call_transcript,
    change,
    gap,
    recording,
    recording_part,
    review,
    ticket,
    ticket_amendment,
    ticket_event,
    ticket_life,
    web_request,
)

PAGE = 200
_KEPT_OF_EVENTS = (
    *("reason", "contacted", "solved", "satisfaction", "reached", "until", "unit", "assistants"),
    *("from", "suggested", "fields", "conflicts", "overdue", "level", "tell_caller"),
)


def forget_person(
    database: CentreDatabase, phone: str = "", number: str = "", by: str = "console"
) -> int:
    """Forget everything of whoever called from a number, or of a ticket's caller; how many tickets.

    All tickets of the same calls go with them. Raises ``UserError`` when nothing is found.
    """
    with database.write() as connection:
        found = _of_phone(connection, phone) if phone else _of_number(connection, number)
        if not found:
            raise UserError("SERVER_NOBODY_FOUND")
        return _forget(connection, found, by, "request")


def retire(database: CentreDatabase, now: datetime) -> int:
    """Forget closed tickets and recordings whose time is over; how many. Pages of ``PAGE``. What was
    searched or missed goes after the same time as tickets."""
    keep, count = life_rules(), 0
    with database.write() as connection:
        over = now - timedelta(days=keep.keep_tickets_days)
        connection.execute(delete(gap).where(gap.c.received_at < over))
    while True:
        with database.write() as connection:
            old = connection.scalars(
                select(ticket.c.id)
                .join(ticket_life, ticket_life.c.ticket_id == ticket.c.id)
                .where(
                    ticket_life.c.stage == Stage.CLOSED,
                    ticket.c.received_at < now - timedelta(days=keep.keep_tickets_days),
                    ticket.c.forgotten_at.is_(None),
                )
                .limit(PAGE)
            ).all()
            if old:
                _forget(connection, old, "centre", "retention")
            calls = connection.scalars(
                select(recording.c.call_id)
                .where(recording.c.complete_at < now - timedelta(days=keep.keep_recordings_days))
                .limit(PAGE)
            ).all()
            if calls:
                _drop_recordings(connection, calls)
                note(connection, "centre", "recording.retention", "", recordings=len(calls))
        count += len(old) + len(calls)
        if len(old) < PAGE and len(calls) < PAGE:
            return count


def _of_number(connection: Connection, number: str) -> list[str]:
    query = select(ticket.c.id, ticket.c.payload).where(ticket.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        return []
    sent = _sent(row)
    return [row.id] if sent is None else _of_calls(connection, {sent["call_id"]})


def _sent(row: Any) -> dict[str, Any] | None:
    """What a seat sent; ``None`` for what is no ticket any more. That is forgotten by itself."""
    sent = read_object(row.payload, f"ticket {row.id}")
    whole = isinstance(sent.get("content"), dict) and isinstance(sent.get("call_id"), str)
    return sent if whole else None


def _of_phone(connection: Connection, phone: str) -> list[str]:
    wanted = _digits(phone)
    if len(wanted) < 7:
        return []
    query = select(ticket.c.id, ticket.c.payload).where(
        ticket.c.payload.contains(wanted, autoescape=True)
        | ticket.c.payload.contains(phone, autoescape=True)
    )
    calls, unreadable = set[str](), []
    for row in connection.execute(query):
        sent = _sent(row)
        if sent is None:
            unreadable.append(row.id)
        elif _digits((sent["content"].get("caller") or {}).get("phone") or "") == wanted:
            calls.add(sent["call_id"])
    return [*_of_calls(connection, calls), *unreadable]


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())


def _of_calls(connection: Connection, calls: set[str]) -> list[str]:
    """All tickets of these calls: one caller spoke in each."""
    found = []
    for call_id in calls:
        marked = canonical({"call_id": call_id}).decode()[1:-1]
        rows = select(ticket.c.id, ticket.c.payload).where(
            ticket.c.payload.contains(marked, autoescape=True)
        )
        sent = ((row.id, _sent(row)) for row in connection.execute(rows))
        found += [name for name, one in sent if one is not None and one["call_id"] == call_id]
    return found


def _forget(connection: Connection, ticket_ids: Sequence[str], by: str, why: str) -> int:
    now = datetime.now(UTC)
    rows = connection.execute(
        select(
            ticket.c.id, ticket.c.seat, ticket.c.number, ticket.c.payload, ticket.c.submitted_at
        ).where(ticket.c.id.in_(ticket_ids))
    ).all()
    news, calls = [], []
    for row in rows:
        known = {"id": row.id, "seat": row.seat, "submitted_at": row.submitted_at.isoformat()}
        sent = known | (_sent(row) or {"call_id": "", "content": {}})
        kept = {name: sent[name] for name in ("id", "call_id", "seat", "submitted_at")}
        kept["content"] = forgotten_content(sent["content"])
        calls.append(sent["call_id"])
        text = canonical(kept).decode()
        stays = update(ticket).where(ticket.c.id == row.id)
        connection.execute(stays.values(payload=text, forgotten_at=now))
        body = json.dumps({"call_id": sent["call_id"]})
        news.append(News(TICKET_FORGOTTEN, row.id, body, row.seat))
        note(connection, by, "ticket.forget", row.number, why=why)
    ids = [row.id for row in rows]
    for event in connection.execute(
        select(ticket_event.c.seq, ticket_event.c.detail).where(ticket_event.c.ticket_id.in_(ids))
    ).all():
        detail = {k: v for k, v in read_object(event.detail, "event").items() if k in _KEPT_OF_EVENTS}
        stays = update(ticket_event).where(ticket_event.c.seq == event.seq)
        connection.execute(stays.values(detail=json.dumps(detail, ensure_ascii=False)))
    connection.execute(delete(ticket_amendment).where(ticket_amendment.c.ticket_id.in_(ids)))
    web = update(web_request).where(web_request.c.ticket_id.in_(ids))
    connection.execute(web.values(lat="", long="", digest=""))
    told = change.c.kind.in_([TICKET_CONTENT, TICKET_LIFE]) & change.c.key.in_(ids)
    connection.execute(delete(change).where(told))
    connection.execute(delete(call_transcript).where(call_transcript.c.call_id.in_(calls)))
    connection.execute(delete(review).where(review.c.ticket_id.in_(ids)))
    connection.execute(delete(first_ticket).where(first_ticket.c.ticket_id.in_(ids)))
    _drop_recordings(connection, calls)
    tell(connection, news)
    return len(rows)


def _drop_recordings(connection: Connection, calls: Sequence[str]) -> None:
    """Parts first; the row stays away too, so that nothing says there was one."""
    connection.execute(delete(recording_part).where(recording_part.c.call_id.in_(calls)))
    connection.execute(
        delete(recording).where(
            recording.c.call_id.in_(calls),
            ~exists().where(recording_part.c.call_id == recording.c.call_id),
        )
    )
