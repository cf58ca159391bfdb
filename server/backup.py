"""Backup and restore of the centre's data in one file, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Date, LargeBinary, Table, Uuid, func, insert, select, text
from sqlalchemy.exc import OperationalError, StatementError

from resources.errors import UserError
from server.database import CentreDatabase
from server.schema import (
    REVISION,
    Instant,
    login_failure,
    metadata,
    person_token,
    token,
)

KIND = "jiesu-centre-backup"
ROWS = 1000
SESSIONS = (token, person_token, login_failure)
"""Not kept: whoever restores a backup does not bring old sessions back to life."""


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table not in SESSIONS]


def back_up(database: CentreDatabase, path: Path) -> Mapping[str, int]:
    """Write all data, as they are at one moment, while the centre goes on; rows by table.

    The file appears whole or not at all, readable by its owner only; it holds personal data.
    Raises ``UserError`` when it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    counts: dict[str, int] = {}
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(handle, "wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3) as packed,
            database.read() as connection,
        ):
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            head = {"kind": KIND, "revision": REVISION, "at": datetime.now(UTC).isoformat()}
            packed.write(_line(head))
            for table in _tables():
                counts[table.name] = 0
                for row in _rows(connection, table):
                    packed.write(_line([table.name, *row]))
                    counts[table.name] += 1
            packed.write(_line({"rows": counts}))
            packed.close()
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError("SERVER_BACKUP_FILE", path=path, detail=error.strerror or error) from None
    return counts


def restore(path: Path, url: str) -> Mapping[str, int]:
    """Fill an empty database from a backup, in one transaction; rows by table.

    The file is read through first. Raises ``UserError`` for one that is damaged or of another
    version, and for a database that already holds something.
    """
    counts = _check(path)
    try:
        with closing(CentreDatabase(url)) as database, database.write() as connection:
            _fill(connection, path)
    except OperationalError:  # the database, not the file
        raise
    except (ValueError, TypeError, AttributeError, StatementError) as error:
        raise UserError("SERVER_BACKUP_DAMAGED", path=path, detail=type(error).__name__) from None
    return counts


def _fill(connection: Connection, path: Path) -> None:
    if any(connection.scalar(select(func.count()).select_from(table)) for table in _tables()):
        raise UserError("SERVER_RESTORE_NOT_EMPTY")
    lines = (line for line in _lines(path) if isinstance(line, list))
    while batch := list(islice(lines, ROWS)):
        for table in _tables():
            rows = [_row(table, line) for line in batch if line[0] == table.name]
            if rows:
                connection.execute(insert(table), rows)
    if connection.dialect.name == "postgresql":
        _set_sequences(connection)


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _rows(connection: Connection, table: Table) -> Iterator[list[Any]]:
    result = connection.execution_options(yield_per=ROWS).execute(
        select(table).order_by(*table.primary_key)
    )
    for row in result:
        yield [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return str(value) if isinstance(value, UUID) else value


def _row(table: Table, line: list[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, value in zip(table.columns, line[1:], strict=True):
        if value is not None and isinstance(column.type, Instant):
            value = datetime.fromisoformat(value)
        elif value is not None and isinstance(column.type, Date):
            value = date.fromisoformat(value)
        elif value is not None and isinstance(column.type, Uuid):
            value = UUID(value)
        elif value is not None and isinstance(column.type, LargeBinary):
            value = b64decode(value)
        values[column.name] = value
    return values


def _lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rb") as packed:
        for line in packed:
            yield json.loads(line)


def _check(path: Path) -> Mapping[str, int]:
    counts = {table.name: 0 for table in _tables()}
    try:
        lines = _lines(path)
        head = next(lines, None)
        if not isinstance(head, dict) or head.get("kind") != KIND:
            raise ValueError("kind")
        if head.get("revision") != REVISION:
            raise UserError("SERVER_BACKUP_VERSION", found=head.get("revision"), wanted=REVISION)
        end: Any = None
        for line in lines:
            if end is not None:
                raise ValueError("after the end")
            if isinstance(line, list):
                counts[line[0]] += 1
            else:
                end = line
        if end is None or end["rows"] != counts:
            raise ValueError("rows")
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
        detail = getattr(error, "strerror", None) or type(error).__name__
        raise UserError("SERVER_BACKUP_DAMAGED", path=path, detail=detail) from None
    return counts


def _set_sequences(connection: Connection) -> None:
    """The next numbers come after those that were restored."""
    for table in _tables():
        (key, *others) = table.primary_key
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:name, :key)"), {"name": table.name, "key": key.name}
        )
        if sequence and not others:
            last = connection.scalar(select(func.max(key)))
            if last is not None:
                connection.execute(text("SELECT setval(:of, :last)"), {"of": sequence, "last": last})
