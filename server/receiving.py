"""Take operations from the seats: each exactly once, whatever is repeated or comes together.

Pushes that arrive together are decided in one transaction with a handful of statements. Rows are
written in the order of their keys, so that two processes never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from app.domain.city import CITY_TIME
from app.domain.codec import read_ticket
from app.sync.protocol import (
    AMEND_TICKET,
    MAX_OPERATION_BYTES,
    SUBMIT_TICKET,
    Operation,
    OperationResult,
    RefusalReason,
    ResultStatus,
    TicketReceipt,
    canonical,
)
from server.database import CentreDatabase, insert_into
from server.kept import read_object
from server.life.amending import Amendment, amend
from server.numbers import Numbers
from server.problems import Refused
from server.schema import operation, ticket
from server.seats import seats_of

Answer = tuple[OperationResult, ...] | Refused
Decided = dict[UUID, OperationResult]
Fingerprints = dict[UUID, tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Push:
    """The operations of one request, the digest of the token that came with them, and what the
    seat's clock showed."""

    token: str
    operations: tuple[Operation, ...]
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An operation as it is decided: a ticket or an amendment ready to be kept, or why not.

    ``kept`` = the refusal is the answer for ever; otherwise the operation may come again.
    """

    sent: Operation
    seat: str = ""
    text: str = field(default="", repr=False)
    submitted_at: datetime | None = None
    amendment: Amendment | None = None
    number: str | None = None
    reason: RefusalReason | None = None
    kept: bool = True

    @property
    def fingerprint(self) -> tuple[str, str, str]:
        """What must be the same in a repeat."""
        return self.sent.content_hash, self.sent.kind, self.sent.ticket_id

    def result(self) -> OperationResult:
        """The answer."""
        status = ResultStatus.REFUSED if self.reason else ResultStatus.ACCEPTED
        number = None if self.reason else self.number
        return OperationResult(op_id=self.sent.op_id, status=status, number=number, reason=self.reason)


def receive(database: CentreDatabase, numbers: Numbers, pushes: Sequence[Push]) -> list[Answer]:
    """Decide pushes in one transaction, or give the answers kept before; in the order of ``pushes``.

    An operation that the database cannot take is refused alone; the others of the transaction stand.
    """
    now = datetime.now(UTC)
    looked_at = [
        [_look_at(sent, push.sent_at or now, now) for sent in push.operations] for push in pushes
    ]
    wanted = sum(one.reason is None for arrivals in looked_at for one in arrivals)
    stock = numbers.take(now.astimezone(CITY_TIME).date(), wanted)
    unseen = iter(stock)
    batch = [
        [replace(one, number=next(unseen)) if one.reason is None else one for one in arrivals]
        for arrivals in looked_at
    ]
    try:
        answers = _in_one_transaction(database, pushes, batch, now, _decide)
    except StatementError as error:
        if not _is_the_contents_fault(error):
            raise
        answers = _in_one_transaction(database, pushes, batch, now, _decide_apart)
    given = {result.number for answer in answers if isinstance(answer, tuple) for result in answer}
    numbers.give_back([number for number in stock if number not in given])
    return answers


def _in_one_transaction(
    database: CentreDatabase,
    pushes: Sequence[Push],
    batch: Sequence[Sequence[_Arrival]],
    now: datetime,
    decide: Callable[[Connection, Sequence[_Arrival], datetime], list[OperationResult]],
) -> list[Answer]:
    with database.write() as connection:
        seats = seats_of(connection, {push.token for push in pushes}, now)
        known = [
            [replace(one, seat=seats[push.token]) for one in arrivals]
            for push, arrivals in zip(pushes, batch, strict=True)
            if push.token in seats
        ]
        results = iter(decide(connection, [one for arrivals in known for one in arrivals], now))
    return [
        tuple(next(results) for _ in push.operations)
        if push.token in seats
        else Refused(401, "TOKEN_REFUSED")
        for push in pushes
    ]


def _is_the_contents_fault(error: StatementError) -> bool:
    """Whether a value could not be kept, as opposed to a database that is away."""
    return isinstance(error, DataError | IntegrityError) or not isinstance(error, DBAPIError)


def _look_at(sent: Operation, seat_time: datetime, now: datetime) -> _Arrival:
    try:
        text = canonical(sent.payload)
    except ValueError:  # a number that JSON cannot write
        return _Arrival(sent, reason=RefusalReason.TICKET_INVALID, kept=False)
    if sha256(text).hexdigest() != sent.content_hash:
        return _Arrival(sent, reason=RefusalReason.HASH_MISMATCH, kept=False)
    if len(text) > MAX_OPERATION_BYTES:
        return _Arrival(sent, reason=RefusalReason.TOO_LARGE, kept=False)
    if sent.kind == AMEND_TICKET:
        return _look_at_amendment(sent)
    if sent.kind != SUBMIT_TICKET:
        return _Arrival(sent, reason=RefusalReason.KIND_UNKNOWN, kept=False)
    try:
        content = read_ticket(text)
        moment = content.submitted_at.astimezone(UTC)
    except (ValueError, OverflowError):
        return _Arrival(sent, reason=RefusalReason.TICKET_INVALID)
    if content.id != sent.ticket_id or content.submitted_at.tzinfo is None:
        return _Arrival(sent, reason=RefusalReason.TICKET_INVALID)
    return _Arrival(sent, text=text.decode(), submitted_at=_by_our_clock(moment, seat_time, now))


def _look_at_amendment(sent: Operation) -> _Arrival:
    try:
        amendment = Amendment.model_validate(sent.payload)
    except ValueError:
        return _Arrival(sent, reason=RefusalReason.AMENDMENT_INVALID)
    if amendment.id != sent.ticket_id:
        return _Arrival(sent, reason=RefusalReason.AMENDMENT_INVALID)
    return _Arrival(sent, amendment=amendment)


def _by_our_clock(moment: datetime, seat_time: datetime, now: datetime) -> datetime:
    """A moment of the seat's clock, which showed ``seat_time`` now; never in the future."""
    try:
        return min(now, moment + (now - seat_time))
    except OverflowError:
        return now


def _decide_apart(
    connection: Connection, arrivals: Sequence[_Arrival], now: datetime
) -> list[OperationResult]:
    """Like ``_decide``, halving behind savepoints until what cannot be kept is alone."""
    try:
        with connection.begin_nested():
            return _decide(connection, arrivals, now)
    except StatementError as error:
        if not _is_the_contents_fault(error):
            raise
    if len(arrivals) == 1:
        return [replace(arrivals[0], reason=RefusalReason.UNKEEPABLE).result()]
    middle = len(arrivals) // 2
    first = _decide_apart(connection, arrivals[:middle], now)
    return first + _decide_apart(connection, arrivals[middle:], now)


def _decide(
    connection: Connection, arrivals: Sequence[_Arrival], now: datetime
) -> list[OperationResult]:
    first: dict[UUID, _Arrival] = {}
    for one in arrivals:
        if one.kept:
            first.setdefault(one.sent.op_id, one)
    fresh = _keep_operations(connection, first.values(), now)
    decided = {op_id: one.result() for op_id, one in fresh.items()}
    decided |= _keep_tickets(connection, fresh.values(), now)
    decided |= _keep_amendments(connection, fresh.values(), now)
    prints = {op_id: one.fingerprint for op_id, one in fresh.items()}
    _recall(connection, first.keys() - fresh.keys(), decided, prints)
    return [_answer(one, decided, prints) for one in arrivals]


def _answer(one: _Arrival, decided: Decided, prints: Fingerprints) -> OperationResult:
    if not one.kept:
        return one.result()
    if prints[one.sent.op_id] != one.fingerprint:
        return replace(one, reason=RefusalReason.ID_REUSED).result()
    return decided[one.sent.op_id]


def _keep_operations(
    connection: Connection, arrivals: Iterable[_Arrival], now: datetime
) -> dict[UUID, _Arrival]:
    """Those that are new, now kept with their likely answer. Waits for twins decided right now."""
    rows = [
        {
            "op_id": one.sent.op_id,
            "kind": one.sent.kind,
            "ticket_id": one.sent.ticket_id,
            "content_hash": one.sent.content_hash,
            "seat": one.seat,
            "received_at": now,
            "status": (result := one.result()).status.value,
            "number": result.number,
            "reason": result.reason,
        }
        for one in sorted(arrivals, key=lambda one: one.sent.op_id.bytes)
    ]
    if not rows:
        return {}
    keep = insert_into(connection, operation).on_conflict_do_nothing(index_elements=["op_id"])
    added = set(connection.scalars(keep.returning(operation.c.op_id), rows))
    return {one.sent.op_id: one for one in arrivals if one.sent.op_id in added}


def _keep_tickets(connection: Connection, arrivals: Iterable[_Arrival], now: datetime) -> Decided:
    """Keep the tickets of new operations; the answers for tickets that were there before."""
    submitted = [one for one in arrivals if one.reason is None and one.amendment is None]
    first: dict[str, _Arrival] = {}
    for one in submitted:
        first.setdefault(one.sent.ticket_id, one)
    rows = [
        {
            "id": ticket_id,
            "number": one.number,
            "seat": one.seat,
            "content_hash": one.sent.content_hash,
            "payload": one.text,
            "submitted_at": one.submitted_at,
            "received_at": now,
        }
        for ticket_id, one in sorted(first.items())
    ]
    if not rows:
        return {}
    keep = insert_into(connection, ticket).on_conflict_do_nothing(index_elements=["id"])
    added = set(connection.scalars(keep.returning(ticket.c.id), rows))
    late = [
        one
        for one in submitted
        if one.sent.ticket_id not in added or first[one.sent.ticket_id] is not one
    ]
    return _correct(connection, late)


def _correct(connection: Connection, late: Sequence[_Arrival]) -> Decided:
    """The ticket was there: its number stands for the same content, other content is refused."""
    if not late:
        return {}
    query = select(ticket.c.id, ticket.c.number, ticket.c.content_hash).where(
        ticket.c.id.in_({one.sent.ticket_id for one in late})
    )
    known = {row.id: row for row in connection.execute(query)}
    decided: Decided = {}
    for one in late:
        row = known[one.sent.ticket_id]
        same = row.content_hash == one.sent.content_hash
        reason = None if same else RefusalReason.TICKET_EXISTS
        decided[one.sent.op_id] = replace(one, number=row.number, reason=reason).result()
    _rewrite(connection, decided)
    return decided


def _keep_amendments(connection: Connection, arrivals: Iterable[_Arrival], now: datetime) -> Decided:
    """Merge amendments into their tickets, in the order in which they came."""
    decided: Decided = {}
    for one in arrivals:
        if one.reason is not None or one.amendment is None:
            continue
        try:
            number = amend(connection, one.amendment, one.seat, now, one.seat)
            reason = RefusalReason.TICKET_UNKNOWN if number is None else None
        except ValueError:
            number, reason = None, RefusalReason.AMENDMENT_INVALID
        decided[one.sent.op_id] = replace(one, number=number, reason=reason).result()
    if decided:
        _rewrite(connection, decided)
    return decided


def _rewrite(connection: Connection, decided: Decided) -> None:
    """Keep answers that are other than they looked at first."""
    connection.execute(
        update(operation)
        .where(operation.c.op_id == bindparam("which"))
        .values(status=bindparam("is"), number=bindparam("numbered"), reason=bindparam("because")),
        [
            {"which": op_id, "is": one.status.value, "numbered": one.number, "because": one.reason}
            for op_id, one in sorted(decided.items())
        ],
    )


def _recall(
    connection: Connection, op_ids: Iterable[UUID], decided: Decided, prints: Fingerprints
) -> None:
    """Add the answers that were kept before."""
    wanted = list(op_ids)
    if not wanted:
        return
    for row in connection.execute(select(operation).where(operation.c.op_id.in_(wanted))):
        prints[row.op_id] = (row.content_hash, row.kind, row.ticket_id)
        decided[row.op_id] = OperationResult(
            op_id=row.op_id, status=row.status, number=row.number, reason=row.reason
        )


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
        payload=read_object(row.payload, f"ticket {row.id}"),
    )
