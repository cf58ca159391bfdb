"""Read-only rescue: everything that can still be read out of a damaged seat database."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.storage.pages import read_pages
from resources.errors import UserError

TABLES = ("ticket", "draft", "outbox", "call", "utterance")
_SMALLEST_RECORD = 64
"""Bytes; no record of ours is smaller."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was written: records by table, stretches of records and pages that could not be read."""

    path: Path
    records: dict[str, int]
    gaps: int
    damaged_pages: int


def salvage(database: Path, key: bytes, target: Path) -> Salvaged:
    """Write the readable records of ``database`` to ``target`` as JSON lines.

    Nothing decrypted touches the disk but ``target``, which only its owner may read and which must
    not exist yet. The database is not opened for writing. Raises ``UserError``.
    """
    pages = read_pages(database, key)
    counts, gaps = dict.fromkeys(TABLES, 0), 0
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(pages.image)
        connection.execute("PRAGMA cell_size_check = ON")
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(file, "w", encoding="utf-8") as out:
                for table in TABLES:
                    for record in _records(connection, table, len(pages.image)):
                        if record is None:
                            gaps += 1
                            continue
                        counts[table] += 1
                        out.write(json.dumps({"table": table} | record, ensure_ascii=False) + "\n")
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise UserError("SALVAGE_TARGET", path=target, detail=error.strerror) from error
    return Salvaged(target, counts, gaps, len(pages.damaged))


def _records(connection: sqlite3.Connection, table: str, size: int) -> Iterator[dict[str, Any] | None]:
    """The records of a table in the order of their numbers; ``None`` for each stretch of lost ones."""
    try:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    except sqlite3.DatabaseError:
        columns = []
    if not columns:
        yield None
        return
    try:
        highest = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]
    except sqlite3.DatabaseError:  # the way to the last record is lost: try every possible number
        highest = size // _SMALLEST_RECORD
    stretches, lost = [(1, highest)] if highest is not None else [], False
    while stretches:
        first, last = stretches.pop()
        try:
            found = connection.execute(
                f"SELECT * FROM {table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid", (first, last)
            ).fetchall()
        except (sqlite3.DatabaseError, OverflowError):
            if first == last:
                if not lost:
                    yield None
                lost = True
                continue
            middle = (first + last) // 2
            stretches += [(middle + 1, last), (first, middle)]
            continue
        lost = lost and not found
        for row in found:
            yield {name: _value(value) for name, value in zip(columns, row, strict=True)}


def _value(value: Any) -> Any:
    """JSON columns as what they hold; a blob, which none of ours is, as hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
