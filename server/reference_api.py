"""Reference data over HTTP, for administrators: what is published, publishing, withdrawing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from app.sync.protocol import Message
from app.sync.reference_use import DocumentUse, ReferenceUse
from resources.errors import UserError
from server import reference
from server.asking import Database, Who
from server.problems import Refused

router = APIRouter(prefix="/api/v1/reference")
uses = APIRouter(prefix="/api/v1/reference-use")
DocumentName = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[a-z.]+$")]


class ReferenceListed(Message):
    """A kind of reference data; ``version`` empty = what ships with the program."""

    name: str
    version: str
    sha256: str
    bytes: int
    at: datetime | None


class ReferenceShown(Message):
    """A published document."""

    name: str
    version: str
    sha256: str
    content: str


class SeatUses(Message):
    """What a seat told last of the reference data that it uses."""

    seat: str
    at: datetime
    documents: tuple[DocumentUse, ...]


class ReferenceWanted(Message):
    """A document to publish, in the form of ``docs/sync.md``."""

    content: Annotated[str, Field(min_length=1, max_length=reference.MAX_BYTES, repr=False)]


@router.get("")
def listed(database: Database) -> list[ReferenceListed]:
    """Every kind of reference data, with the version that is in force."""
    return [_listed(one) for one in reference.published(database)]


@router.get("/{name}")
def shown(name: DocumentName, database: Database) -> ReferenceShown:
    """A published document."""
    try:
        found = reference.document(database, name)
    except UserError as error:
        raise Refused(404, error.code) from None
    if found is None:
        raise Refused(404, "REFERENCE_NOT_PUBLISHED")
    return ReferenceShown(name=name, version=found.version, sha256=found.sha256, content=found.content)


@router.put("/{name}")
def put(
    name: DocumentName, message: ReferenceWanted, asker: Who, database: Database
) -> ReferenceListed:
    """Publish a document to all seats; one that lint finds broken is refused with the reason."""
    try:
        return _listed(reference.publish(database, name, message.content, asker.name))
    except UserError as error:
        status = 404 if error.code == "REFERENCE_UNKNOWN" else 422
        raise Refused(status, error.code, error.message("en")[:300]) from None


@router.delete("/{name}", status_code=204)
def withdraw(name: DocumentName, asker: Who, database: Database) -> None:
    """Let what ships with the program hold again."""
    try:
        reference.withdraw(database, name, asker.name)
    except UserError as error:
        raise Refused(404, error.code) from None


@uses.put("", status_code=204)
def told(use: ReferenceUse, asker: Who, database: Database) -> None:
    """A seat tells which versions it uses, and which it refused and why."""
    reference.note_use(database, asker.name, use)


@uses.get("")
def used(database: Database) -> list[SeatUses]:
    """What every seat uses; a seat that never told is not in it."""
    return [
        SeatUses(seat=one.seat, at=one.at, documents=one.use.documents)
        for one in reference.uses(database)
    ]


def _listed(one: reference.Published) -> ReferenceListed:
    return ReferenceListed(
        name=one.name, version=one.version, sha256=one.sha256, bytes=one.bytes, at=one.at
    )
