"""Take operations from the seats: each exactly once, whatever is repeated or comes together."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy import Connection, select, update

from app.domain.codec import read_ticket
from app.domain.ticket import Ticket
from app.sync.protocol import (
    MAX_OPERATION_BYTES,
    SUBMIT_TICKET,
    Operation,
    OperationResult,
    RefusalReason,
    ResultStatus,
    TicketReceipt,
    canonical,
    content_hash,
)
from server.database import CentreDatabase, insert_into
from server.schema import day_number, operation, ticket

CITY_TIME = timezone(timedelta(hours=8))
NUMBER_PREFIX = "JS"


def receive(database: CentreDatabase, seat: str, sent: Operation) -> OperationResult:
    """Decide an operation in one transaction and keep the answer, or give the answer kept before.

    What says that the message itself is wrong (hash, size, unknown kind) is not kept: the same
    operation may come again intact, or to a newer centre.
    """
    try:
        text = canonical(sent.payload)
        intact = content_hash(sent.payload) == sent.content_hash
    except ValueError:  # a number that JSON cannot write
        return _refused(sent, RefusalReason.TICKET_INVALID)
    if not intact:
        return _refused(sent, RefusalReason.HASH_MISMATCH)
    if len(text) > MAX_OPERATION_BYTES:
        return _refused(sent, RefusalReason.TOO_LARGE)
    decide = _KINDS.get(sent.kind)
    if decide is None:
        return _refused(sent, RefusalReason.KIND_UNKNOWN)
    now = datetime.now(UTC)
    with database.write() as connection:
        added = connection.scalar(
            insert_into(connection, operation)
            .values(
                op_id=sent.op_id,
                kind=sent.kind,
                ticket_id=sent.ticket_id,
                content_hash=sent.content_hash,
                seat=seat,
                received_at=now,
            )
            .on_conflict_do_nothing(index_elements=["op_id"])
            .returning(operation.c.op_id)
        )
        if added is None:  # waits here for a twin that is being decided right now
            return _kept_answer(connection, sent)
        result = decide(connection, seat, sent, text, now)
        connection.execute(
            update(operation)
            .where(operation.c.op_id == sent.op_id)
            .values(status=result.status, number=result.number, reason=result.reason)
        )
        return result


def find_ticket(database: CentreDatabase, seat: str, ticket_id: str) -> TicketReceipt | None:
    """A ticket that this seat submitted."""
    query = select(ticket).where(ticket.c.id == ticket_id, ticket.c.seat == seat)
    with database.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return TicketReceipt(
        ticket_id=row.id,
        number=row.number,
        received_at=row.received_at,
        payload=json.loads(row.payload),
    )


def _kept_answer(connection: Connection, sent: Operation) -> OperationResult:
    row = connection.execute(select(operation).where(operation.c.op_id == sent.op_id)).one()
    if (row.content_hash, row.kind, row.ticket_id) != (sent.content_hash, sent.kind, sent.ticket_id):
        return _refused(sent, RefusalReason.ID_REUSED)
    return OperationResult(op_id=sent.op_id, status=row.status, number=row.number, reason=row.reason)


def _submit_ticket(
    connection: Connection, seat: str, sent: Operation, text: bytes, now: datetime
) -> OperationResult:
    try:
        content = read_ticket(text)
    except ValueError:
        return _refused(sent, RefusalReason.TICKET_INVALID)
    if content.id != sent.ticket_id or content.submitted_at.tzinfo is None:
        return _refused(sent, RefusalReason.TICKET_INVALID)
    known = _known_ticket(connection, sent)
    return known or _new_ticket(connection, seat, sent, content, text.decode(), now)


def _new_ticket(
    connection: Connection, seat: str, sent: Operation, content: Ticket, text: str, now: datetime
) -> OperationResult:
    number = _next_number(connection, now.astimezone(CITY_TIME).date())
    added = connection.scalar(
        insert_into(connection, ticket)
        .values(
            id=sent.ticket_id,
            number=number,
            seat=seat,
            content_hash=sent.content_hash,
            payload=text,
            submitted_at=content.submitted_at,
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(ticket.c.id)
    )
    if added is not None:
        return OperationResult(op_id=sent.op_id, status=ResultStatus.ACCEPTED, number=number)
    # another operation for the same ticket came in between; its number stands
    return _known_ticket(connection, sent) or _refused(sent, RefusalReason.TICKET_EXISTS)


def _known_ticket(connection: Connection, sent: Operation) -> OperationResult | None:
    row = connection.execute(
        select(ticket.c.number, ticket.c.content_hash).where(ticket.c.id == sent.ticket_id)
    ).first()
    if row is None:
        return None
    if row.content_hash != sent.content_hash:
        return _refused(sent, RefusalReason.TICKET_EXISTS)
    return OperationResult(op_id=sent.op_id, status=ResultStatus.ACCEPTED, number=row.number)


def _next_number(connection: Connection, day: date) -> str:
    """The day's next official number; others wait for this transaction, so none is given twice."""
    last = connection.scalar(
        insert_into(connection, day_number)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": day_number.c.last + 1})
        .returning(day_number.c.last)
    )
    return f"{NUMBER_PREFIX}{day:%Y%m%d}-{last:06d}"


def _refused(sent: Operation, reason: RefusalReason) -> OperationResult:
    return OperationResult(op_id=sent.op_id, status=ResultStatus.REFUSED, reason=reason)


_KINDS: dict[str, Callable[[Connection, str, Operation, bytes, datetime], OperationResult]] = {
    SUBMIT_TICKET: _submit_ticket
}
