"""Operations on their way to the centre."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from app.desk import OutboxRow, OutboxState
from app.domain.codec import Json, draft_to_json, ticket_from_json
from app.domain.draft import Draft, Origin, get_field, is_empty
from app.domain.ticket import FIELDS
from app.storage.records import set_number
from app.storage.schema import call, draft, outbox, ticket
from app.sync.protocol import (
    AMEND_TICKET,
    SUBMIT_TICKET,
    Operation,
    OperationResult,
    RefusalReason,
    ResultStatus,
    make_operation,
)
from resources.errors import UserError

NOT_OURS_TO_MEND = (RefusalReason.TICKET_EXISTS, RefusalReason.ID_REUSED)
"""The centre has something else under this id; sending ours under another would double it."""


def add_operation(connection: Connection, kind: str, ticket_id: str, payload: Json) -> None:
    """Queue an operation; part of the transaction that makes it necessary."""
    _queue(connection, make_operation(uuid4(), kind, ticket_id, payload, datetime.now(UTC)))


def select_rows(connection: Connection, limit: int) -> tuple[OutboxRow, ...]:
    """The newest operations first, as the operator sees them."""
    subject = ticket.c.body["content"]["subject"].as_string()
    rows = connection.execute(
        select(outbox, subject.label("subject"))
        .join(ticket, ticket.c.id == outbox.c.ticket_id)
        .order_by(outbox.c.seq.desc())
        .limit(limit)
    )
    return tuple(
        OutboxRow(
            operation_id=row.operation_id,
            ticket_id=row.ticket_id,
            subject=row.subject or "",
            state=OutboxState(row.state),
            created_at=row.created_at,
            attempts=row.attempts,
            number=row.number,
            reason=row.reason,
        )
        for row in rows
    )


def select_waiting(
    connection: Connection, limit: int, without: Collection[str] = ()
) -> tuple[Operation, ...]:
    """The oldest waiting operations first, exactly as they were made; none of some tickets."""
    waiting = select(outbox).where(outbox.c.state == OutboxState.WAITING)
    if without:
        waiting = waiting.where(outbox.c.ticket_id.not_in(without))
    rows = connection.execute(waiting.order_by(outbox.c.seq).limit(limit))
    return tuple(_operation(row) for row in rows)


def _operation(row: Any) -> Operation:
    return Operation(
        op_id=UUID(row.operation_id),
        kind=row.kind,
        ticket_id=row.ticket_id,
        payload=row.payload,
        content_hash=row.content_hash,
        created_at=row.created_at,
    )


def note_attempt(connection: Connection, op_ids: Sequence[UUID]) -> None:
    """Count one more try for these operations."""
    connection.execute(
        update(outbox)
        .where(outbox.c.operation_id.in_([str(op_id) for op_id in op_ids]))
        .values(attempts=outbox.c.attempts + 1)
    )


def note_result(connection: Connection, result: OperationResult) -> bool:
    """Keep the centre's answer; ``False`` when the operation was not waiting any more."""
    accepted = result.status is ResultStatus.ACCEPTED
    values: dict[str, Any] = (
        {"state": OutboxState.ACCEPTED, "number": result.number}
        if accepted
        else {"state": OutboxState.REFUSED, "reason": result.reason}
    )
    ticket_id = connection.execute(
        update(outbox)
        .where(outbox.c.operation_id == str(result.op_id), outbox.c.state == OutboxState.WAITING)
        .values(**values)
        .returning(outbox.c.ticket_id)
    ).scalar()
    if ticket_id is not None and result.number is not None and accepted:
        set_number(connection, ticket_id, result.number)
    return ticket_id is not None


def count_rows(connection: Connection) -> dict[OutboxState, int]:
    """How many operations stand where."""
    rows = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    found = {OutboxState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in OutboxState}


def retry(connection: Connection, operation_id: str) -> None:
    """Let a refused operation wait again, unchanged under a new id.

    The centre keeps its answer to the old id for ever; to a new one it may answer otherwise.
    Raises ``UserError`` when the operation is not a refused one.
    """
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.operation_id == operation_id, outbox.c.state == OutboxState.REFUSED)
        .values(operation_id=str(uuid4()), state=OutboxState.WAITING, reason=None)
    )
    if changed.rowcount != 1:
        raise UserError("OUTBOX_NOT_REFUSED")


def reopen(connection: Connection, ticket_id: str) -> Draft:
    """Turn a refused ticket back into a draft of the same id, with everything it held.

    Raises ``UserError`` when it is not refused, or when the centre holds other content under its id.
    """
    row = connection.execute(
        select(outbox.c.state, outbox.c.reason, ticket.c.body, ticket.c.call_id)
        .join(ticket, ticket.c.id == outbox.c.ticket_id)
        .where(outbox.c.ticket_id == ticket_id, outbox.c.kind == SUBMIT_TICKET)
        .order_by(outbox.c.seq.desc())
    ).first()
    if row is None or row.state != OutboxState.REFUSED:
        raise UserError("OUTBOX_NOT_REFUSED")
    if row.reason in NOT_OURS_TO_MEND:
        raise UserError("OUTBOX_NOT_MENDABLE")
    refused = ticket_from_json({**row.body, "number": None})
    content = refused.content
    origins = {n: Origin.ACCEPTED for n in FIELDS if not is_empty(get_field(content, n))}
    reopened = Draft(ticket_id, row.call_id, content, origins, trail=refused.trail)
    _make_draft(connection, reopened, row.body["content"])
    return reopened


def recall(connection: Connection, recalled: Draft) -> None:
    """Turn a ticket that was never sent back into the draft it was.

    Raises ``UserError("TICKET_SENT")`` when it is not waiting, or was tried.
    """
    row = connection.execute(
        select(outbox.c.state, outbox.c.attempts, ticket.c.body)
        .join(ticket, ticket.c.id == outbox.c.ticket_id)
        .where(outbox.c.ticket_id == recalled.id, outbox.c.kind == SUBMIT_TICKET)
    ).first()
    if row is None or row.state != OutboxState.WAITING or row.attempts:
        raise UserError("TICKET_SENT")
    _make_draft(connection, recalled, row.body["content"])


def _make_draft(connection: Connection, made: Draft, known: Json) -> None:
    """A draft in place of the ticket of its id, with what a newer program wrote into that."""
    ticket_id, body = made.id, draft_to_json(made)
    body["content"] = {**known, **body["content"]}
    connection.execute(outbox.delete().where(outbox.c.ticket_id == ticket_id))
    connection.execute(ticket.delete().where(ticket.c.id == ticket_id))
    connection.execute(
        insert(draft).values(
            id=ticket_id,
            call_id=made.call_id,
            body=body,
            discarded=False,
            saved_at=datetime.now(UTC),
        )
    )


def take_over(connection: Connection, operation: Operation) -> bool:
    """Queue an operation of another seat as it is; ``False`` when it is here already.

    Under its own id, so that it is taken once whoever delivers it. Raises ``UserError`` when it
    holds neither a ticket nor an amendment of one that is here.
    """
    if operation.kind == AMEND_TICKET:
        return _take_over_amendment(connection, operation)
    try:
        found = ticket_from_json({**operation.payload, "number": None})
        fits = found.id == operation.ticket_id and operation.kind == SUBMIT_TICKET
    except ValueError:
        fits = False
    if not fits or found.submitted_at.tzinfo is None:
        raise UserError("HANDOVER_BROKEN")
    known = select(outbox.c.seq).where(
        (outbox.c.operation_id == str(operation.op_id)) | (outbox.c.ticket_id == found.id)
    )
    if connection.execute(known).first() or _has(connection, ticket.c.id, found.id):
        return False
    if not _has(connection, call.c.id, found.call_id):
        connection.execute(
            insert(call).values(
                id=found.call_id,
                started_at=found.submitted_at,
                ended_at=found.submitted_at,
                source=found.seat,
            )
        )
    body = operation.payload
    connection.execute(
        insert(ticket).values(
            id=found.id, call_id=found.call_id, submitted_at=found.submitted_at, body=body
        )
    )
    _queue(connection, operation)
    return True


def _take_over_amendment(connection: Connection, operation: Operation) -> bool:
    if not _has(connection, ticket.c.id, operation.ticket_id):
        raise UserError("HANDOVER_BROKEN")
    if _has(connection, outbox.c.operation_id, str(operation.op_id)):
        return False
    _queue(connection, operation)
    return True


def _queue(connection: Connection, operation: Operation) -> None:
    connection.execute(
        insert(outbox).values(
            operation_id=str(operation.op_id),
            kind=operation.kind,
            ticket_id=operation.ticket_id,
            payload=operation.payload,
            content_hash=operation.content_hash,
            created_at=operation.created_at,
            state=OutboxState.WAITING,
            attempts=0,
        )
    )


def _has(connection: Connection, column: Any, value: str) -> bool:
    return connection.execute(select(column).where(column == value)).first() is not None


def unanswered(connection: Connection) -> tuple[Operation, ...]:
    """Everything the centre does not have: what waits and what it refused, oldest first."""
    rows = connection.execute(
        select(outbox).where(outbox.c.state != OutboxState.ACCEPTED).order_by(outbox.c.seq)
    )
    return tuple(_operation(row) for row in rows)
