"""Calls, transcripts, drafts and tickets in the seat's database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from app.domain.call import Call, Speaker, Utterance, Word
from app.domain.codec import (
    Json,
    carry_unknown,
    draft_from_json,
    draft_to_json,
    ticket_from_json,
    ticket_to_json,
    without_lone_surrogates,
)
from app.domain.draft import Draft
from app.domain.ticket import Ticket
from app.storage.schema import call, draft, ticket, utterance
from resources.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call with the time its sound ended; ``None`` = it still goes on, or the program died."""

    call: Call
    ended_at: datetime | None


def insert_call(connection: Connection, new: Call) -> None:
    """Keep a call; a second time changes nothing."""
    values = without_lone_surrogates({"source": new.source, "caller_line": new.caller_line})
    connection.execute(
        insert(call)
        .values(id=new.id, started_at=new.started_at, **values)
        .on_conflict_do_nothing(index_elements=["id"])
    )


def end_call(connection: Connection, call_id: str, ended_at: datetime) -> None:
    """Note the end of a call."""
    connection.execute(update(call).where(call.c.id == call_id).values(ended_at=ended_at))


def select_calls(connection: Connection, limit: int) -> tuple[PastCall, ...]:
    """The newest calls first."""
    rows = connection.execute(select(call).order_by(call.c.started_at.desc()).limit(limit))
    return tuple(_past_call(row) for row in rows)


def select_call(connection: Connection, call_id: str) -> PastCall | None:
    """One call."""
    row = connection.execute(select(call).where(call.c.id == call_id)).first()
    return None if row is None else _past_call(row)


def _past_call(row: Row[Any]) -> PastCall:
    return PastCall(Call(row.id, row.started_at, row.source, row.caller_line), row.ended_at)


def insert_utterance(connection: Connection, call_id: str, new: Utterance) -> None:
    """Keep an utterance, or the newer text of one that is kept."""
    row = without_lone_surrogates(asdict(new))
    connection.execute(
        insert(utterance)
        .values(call_id=call_id, **row)
        .on_conflict_do_update(index_elements=["call_id", "id"], set_={"text": row["text"]})
    )


def select_transcript(connection: Connection, call_id: str) -> tuple[Utterance, ...]:
    """A call's utterances in the order in which they began."""
    rows = connection.execute(
        select(utterance)
        .where(utterance.c.call_id == call_id)
        .order_by(utterance.c.start, utterance.c.seq)
    )
    return tuple(
        Utterance(
            id=row.id,
            speaker=Speaker(row.speaker),
            start=row.start,
            end=row.end,
            text=row.text,
            heard=row.heard,
            engine=row.engine,
            confidence=row.confidence,
            words=tuple(Word(**word) for word in row.words),
        )
        for row in rows
    )


def upsert_draft(connection: Connection, new: Draft) -> None:
    """Keep the newest content of a draft. One that was submitted or discarded stays so."""
    if connection.execute(select(ticket.c.id).where(ticket.c.id == new.id)).first():
        return
    body, stored = draft_to_json(new), _draft_row(connection, new.id)
    if stored is None:
        connection.execute(
            insert(draft).values(
                id=new.id,
                call_id=new.call_id,
                body=body,
                discarded=False,
                saved_at=datetime.now(UTC),
            )
        )
    elif not stored.discarded:
        connection.execute(
            update(draft)
            .where(draft.c.id == new.id)
            .values(body=carry_unknown(body, stored.body), saved_at=datetime.now(UTC))
        )


def _draft_row(connection: Connection, draft_id: str) -> Row[Any] | None:
    return connection.execute(select(draft).where(draft.c.id == draft_id)).first()


def select_drafts(connection: Connection) -> tuple[Draft, ...]:
    """All drafts that are neither submitted nor discarded, in the order in which they were begun."""
    rows = connection.execute(select(draft).where(~draft.c.discarded).order_by(draft.c.seq))
    return tuple(_readable(row.id, draft_from_json, row.body) for row in rows)


def discard_draft(connection: Connection, draft_id: str) -> None:
    """Forget a draft's content; only its id stays, so that a late save does not bring it back."""
    connection.execute(update(draft).where(draft.c.id == draft_id).values(discarded=True, body={}))


def take_draft(connection: Connection, draft_id: str) -> Json:
    """Remove a draft that becomes a ticket; its stored content, empty if there was none."""
    row = _draft_row(connection, draft_id)
    connection.execute(draft.delete().where(draft.c.id == draft_id))
    content: Json = row.body.get("content", {}) if row else {}
    return content


def insert_ticket(connection: Connection, new: Ticket, stored_content: Json) -> Json | None:
    """Keep a ticket; its body, or ``None`` when it was there before."""
    body = carry_unknown(ticket_to_json(new), {"content": stored_content})
    added = connection.scalar(
        insert(ticket)
        .values(id=new.id, call_id=new.call_id, submitted_at=new.submitted_at, body=body)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(ticket.c.id)
    )
    return None if added is None else body


def set_number(connection: Connection, ticket_id: str, number: str) -> None:
    """Note the centre's number of a ticket."""
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(number=number))


def select_tickets(connection: Connection, limit: int) -> tuple[Ticket, ...]:
    """The newest tickets first."""
    rows = connection.execute(select(ticket).order_by(ticket.c.submitted_at.desc()).limit(limit))
    return tuple(ticket_of_row(row) for row in rows)


def select_ticket(connection: Connection, ticket_id: str) -> Ticket | None:
    """One ticket."""
    row = connection.execute(select(ticket).where(ticket.c.id == ticket_id)).first()
    return None if row is None else ticket_of_row(row)


def ticket_of_row(row: Row[Any]) -> Ticket:
    """A ticket from its row."""
    return _readable(row.id, ticket_from_json, {**row.body, "number": row.number})


def _readable(record: str, decode: Callable[[Json], T], body: Json) -> T:
    try:
        return decode(body)
    except ValueError as error:
        raise UserError("STORE_RECORD_UNREADABLE", record=record) from error
