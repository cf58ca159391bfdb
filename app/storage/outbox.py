"""Operations on their way to the centre."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from app.desk import OutboxRow, OutboxState
from app.domain.codec import Json
from app.storage.records import set_number
from app.storage.schema import outbox, ticket
from app.sync.protocol import Operation, OperationResult, ResultStatus, make_operation


def add_operation(connection: Connection, kind: str, ticket_id: str, payload: Json) -> None:
    """Queue an operation; part of the transaction that makes it necessary."""
    operation = make_operation(uuid4(), kind, ticket_id, payload, datetime.now(UTC))
    connection.execute(
        insert(outbox).values(
            operation_id=str(operation.op_id),
            kind=kind,
            ticket_id=ticket_id,
            payload=payload,
            content_hash=operation.content_hash,
            created_at=operation.created_at,
            state=OutboxState.WAITING,
            attempts=0,
        )
    )


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


def select_waiting(connection: Connection, limit: int) -> tuple[Operation, ...]:
    """The oldest waiting operations first, exactly as they were made."""
    rows = connection.execute(
        select(outbox).where(outbox.c.state == OutboxState.WAITING).order_by(outbox.c.seq).limit(limit)
    )
    return tuple(
        Operation(
            op_id=UUID(row.operation_id),
            kind=row.kind,
            ticket_id=row.ticket_id,
            payload=row.payload,
            content_hash=row.content_hash,
            created_at=row.created_at,
        )
        for row in rows
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
