"""What a seat and the centre say to each other; used by both ends. See ``docs/sync.md``."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)

PROTOCOL = 1
"""Version of this protocol; both ends send it with every message and refuse another one."""

PROTOCOL_HEADER = "Jiesu-Protocol"
TIME_HEADER = "Jiesu-Time"
"""The centre's time at its answer, in milliseconds since 1970."""
SUBMIT_TICKET = "ticket.submit"
AMEND_TICKET = "ticket.amend"

MAX_OPERATIONS = 100
MAX_OPERATION_BYTES = 256 * 1024
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_RECORDING_BYTES = 512 * 1024 * 1024
PART_BYTES = 512 * 1024
"""So much of a recording travels in one request."""
COMPRESS_FROM_BYTES = 4096
"""Shorter bodies gain nothing from compression."""
UNASKED_BYTES = 128 * 1024
"""At most so much is sent to a seat that did not ask."""

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Message(BaseModel):
    """Anything sent. Fields of a newer version are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Operation(Message):
    """One change for the centre. ``op_id`` makes a repeat recognisable, ``content_hash`` a mix-up."""

    op_id: UUID
    kind: Name
    ticket_id: Name
    payload: dict[str, JsonValue]
    content_hash: Hash
    created_at: AwareDatetime


class ResultStatus(StrEnum):
    """What became of an operation. There is nothing in between: an error answers the whole push."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class OperationResult(Message):
    """The centre's answer to one operation: the official number, or the code of the reason."""

    op_id: UUID
    status: ResultStatus
    number: Name | None = None
    reason: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> OperationResult:
        if (self.number if self.status is ResultStatus.ACCEPTED else self.reason) is None:
            raise ValueError("an accepted operation has a number, a refused one a reason")
        return self


class PushRequest(Message):
    """Operations in the order in which the seat made them.

    ``sent_at`` = what the seat's clock shows now: the centre sees by it how wrong that clock is.
    """

    sent_at: AwareDatetime | None = None
    operations: Annotated[tuple[Operation, ...], Field(min_length=1, max_length=MAX_OPERATIONS)]


class PushResponse(Message):
    """One result per operation."""

    results: tuple[OperationResult, ...]


class LoginRequest(Message):
    """A seat introduces itself."""

    seat: Name
    password: Annotated[str, Field(min_length=1, max_length=256, repr=False)]


class LoginResponse(Message):
    """The token to send as ``Authorization: Bearer …`` until it expires."""

    token: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[!-~]+$", repr=False)]
    expires_at: AwareDatetime


class Health(Message):
    """The centre is up and reaches its database."""

    product: str
    protocol: int
    time: AwareDatetime


class TicketReceipt(Message):
    """A ticket as the centre keeps it."""

    ticket_id: Name
    number: Name
    received_at: AwareDatetime
    payload: dict[str, JsonValue]


Told = dict[str, set[str]]
"""What of the feed changed: the keys by kind."""


class Change(Message):
    """Something the centre tells: the newest state of a thing, or that it is no more (no body)."""

    kind: Name
    key: Annotated[str, Field(min_length=1, max_length=255)]
    body: JsonValue = None


class Changes(Message):
    """News after a cursor; the new ``cursor`` is kept together with what they change."""

    changes: tuple[Change, ...]
    cursor: Annotated[int, Field(ge=0, lt=2**63)]
    more: bool


class NewsPage(Message):
    """Small news inside the event that tells of them.

    For a seat that has followed the feed to ``after`` or beyond they are all there is up to
    ``cursor``; another one pulls.
    """

    after: Annotated[int, Field(ge=0, lt=2**63)]
    changes: tuple[Change, ...]
    cursor: Annotated[int, Field(ge=0, lt=2**63)]


class RecordingPart(Message):
    """A stretch of a call's sealed recording; without ``data`` only a question how much is there.

    ``sha256`` and ``size`` are those of the whole file, ``file_key`` opens it and no other.
    """

    call_id: Name
    size: Annotated[int, Field(gt=0, le=MAX_RECORDING_BYTES)]
    sha256: Hash
    file_key: Annotated[str, Field(pattern=r"^[0-9a-f]{96}$", repr=False)]
    offset: Annotated[int, Field(ge=0, le=MAX_RECORDING_BYTES)] = 0
    data: Annotated[Base64Bytes, Field(max_length=PART_BYTES, repr=False)] = b""


class RecordingReceipt(Message):
    """How many bytes from the beginning the centre keeps; ``complete`` = all, and their hash fits."""

    received: Annotated[int, Field(ge=0)]
    complete: bool


class Problem(Message):
    """Why the centre did not do what it was asked; ``code`` is stable, ``detail`` is for people."""

    code: Name
    detail: str = ""
    protocol: int = PROTOCOL


class RefusalReason(StrEnum):
    """Why the centre refuses an operation for good."""

    HASH_MISMATCH = "OPERATION_HASH_MISMATCH"
    ID_REUSED = "OPERATION_ID_REUSED"
    KIND_UNKNOWN = "OPERATION_KIND_UNKNOWN"
    TOO_LARGE = "OPERATION_TOO_LARGE"
    TICKET_INVALID = "TICKET_INVALID"
    TICKET_EXISTS = "TICKET_EXISTS"
    UNKEEPABLE = "OPERATION_UNKEEPABLE"
    AMENDMENT_INVALID = "AMENDMENT_INVALID"
    TICKET_UNKNOWN = "TICKET_UNKNOWN"


def canonical(payload: dict[str, Any]) -> bytes:
    """The one way to write a payload: sorted keys, no spaces, UTF-8. Raises ``ValueError``."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def content_hash(payload: dict[str, Any]) -> str:
    """SHA-256 of the canonical payload, in hexadecimal."""
    return sha256(canonical(payload)).hexdigest()


def make_operation(
    op_id: UUID, kind: str, ticket_id: str, payload: dict[str, Any], created_at: datetime
) -> Operation:
    """An operation with the right hash."""
    return Operation(
        op_id=op_id,
        kind=kind,
        ticket_id=ticket_id,
        payload=payload,
        content_hash=content_hash(payload),
        created_at=created_at,
    )
