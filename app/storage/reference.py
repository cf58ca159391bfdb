"""Reference data of the centre at this seat: what arrived, and what of it can be used."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue, ValidationError
from sqlalchemy import Connection, Select, delete, insert, select, update

from app.storage.schema import reference
from app.sync.changes import Document

log = logging.getLogger(__name__)
DAMAGED = "REFERENCE_DAMAGED"
KEPT = 2
"""So many usable versions of a document stay: the one in use and the one before."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A version of a document; ``content`` ``None`` = what ships holds. ``refusal`` = the code of why
    it was not used."""

    seq: int
    name: str
    version: str
    content: str | None
    arrived_at: datetime
    sound: bool
    refusal: str | None

    @property
    def damaged(self) -> bool:
        """Whether it is not what was published."""
        return self.refusal == DAMAGED


def keep(connection: Connection, name: str, body: JsonValue) -> None:
    """Keep what the centre told of a document, in the transaction that moves the cursor.

    A document that was damaged on its way is kept as refused. The same content again is no news.
    """
    version, content, refusal = "", None, None
    if body is not None:
        try:
            document = Document.model_validate(body)
        except ValidationError:
            log.warning("a document of the centre cannot be read")
            return
        version, content = document.version, document.content
        refusal = None if document.whole else DAMAGED
    newest = connection.execute(_of(name).limit(1)).first()
    if newest is not None and (newest.version, newest.content) == (version, content):
        return
    connection.execute(
        insert(reference).values(
            name=name,
            version=version,
            content=content,
            arrived_at=datetime.now(UTC),
            sound=False,
            refusal=refusal,
        )
    )


def documents(connection: Connection) -> tuple[StoredDocument, ...]:
    """Every version that is kept, by name, newest first."""
    query = select(reference).order_by(reference.c.name, reference.c.seq.desc())
    return tuple(StoredDocument(**row._mapping) for row in connection.execute(query))


def note_checked(connection: Connection, sound: Iterable[int], refused: Mapping[int, str]) -> None:
    """Note what was found usable and what was not; drop what is older than needed."""
    connection.execute(
        update(reference).where(reference.c.seq.in_(list(sound))).values(sound=True, refusal=None)
    )
    for seq, why in refused.items():
        connection.execute(
            update(reference).where(reference.c.seq == seq).values(sound=False, refusal=why)
        )
    for name in connection.scalars(select(reference.c.name).distinct()).all():
        rows = connection.execute(_of(name)).all()
        usable = [row.seq for row in rows if row.sound][:KEPT]
        wanted = {rows[0].seq, *usable}
        gone = [row.seq for row in rows if row.seq not in wanted]
        connection.execute(delete(reference).where(reference.c.seq.in_(gone)))


def _of(name: str) -> Select[Any]:
    return select(reference).where(reference.c.name == name).order_by(reference.c.seq.desc())
