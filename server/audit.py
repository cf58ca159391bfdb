"""The audit log: who did what, each entry bound to the one before it by its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from server.database import CentreDatabase
from server.kept import read_object
from server.schema import audit

BEGINNING = "0" * 64
_LOCK = 0x6A696576
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did. ``detail`` holds no name or number of a caller."""

    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What a check of the chain found.

    ``head`` is the newest hash: noted outside the centre, it later proves that nothing was cut off.
    ``broken_at`` is the first entry that does not fit; ``missing_head`` = the noted one is not there.
    """

    entries: int
    head: str
    broken_at: int | None = None
    missing_head: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing was changed, removed or put in between."""
        return self.broken_at is None and not self.missing_head


def _link(before: str, seq: int, at: datetime, who: str, action: str, subject: str, detail: str) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = json.dumps([before, seq, moment, who, action, subject, detail], ensure_ascii=False)
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def note(connection: Connection, who: str, action: str, subject: str = "", **detail: Any) -> None:
    """Append an entry inside the transaction that does the thing. Entries are written one by one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = connection.execute(
        select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    ).first()
    seq, before = (last.seq + 1, last.hash) if last else (1, BEGINNING)
    at = datetime.now(UTC)
    written = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    connection.execute(
        insert(audit).values(
            seq=seq,
            at=at,
            who=who,
            action=action,
            subject=subject,
            detail=written,
            hash=_link(before, seq, at, who, action, subject, written),
        )
    )


def note_alone(
    database: CentreDatabase, who: str, action: str, subject: str = "", **detail: Any
) -> None:
    """Append an entry in a transaction of its own: for what was refused."""
    with database.write() as connection:
        note(connection, who, action, subject, **detail)


def entries_after(database: CentreDatabase, seq: int, limit: int = 200) -> tuple[AuditEntry, ...]:
    """A page of the log."""
    query = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    with database.read() as connection:
        return tuple(
            AuditEntry(
                row.seq,
                row.at,
                row.who,
                row.action,
                row.subject,
                read_object(row.detail, "entry"),
                row.hash,
            )
            for row in connection.execute(query)
        )


def verify(database: CentreDatabase, noted_head: str | None = None) -> AuditVerdict:
    """Walk the whole chain. ``noted_head`` = a head from an earlier check, which must be in it."""
    before, expected, seen = BEGINNING, 1, noted_head in (None, BEGINNING)
    with database.read() as connection:
        entries = connection.scalar(select(func.count()).select_from(audit)) or 0
        while True:
            query = select(audit).where(audit.c.seq >= expected).order_by(audit.c.seq).limit(_PAGE)
            rows = connection.execute(query).all()
            for row in rows:
                link = _link(before, row.seq, row.at, row.who, row.action, row.subject, row.detail)
                if row.seq != expected or link != row.hash:
                    return AuditVerdict(entries, before, broken_at=expected)
                before, expected, seen = row.hash, expected + 1, seen or row.hash == noted_head
            if len(rows) < _PAGE:
                return AuditVerdict(entries, before, missing_head=not seen)
