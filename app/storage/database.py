"""One encrypted database file, one thread that runs all its SQL."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from app.storage.cipher_file import check_file
from app.storage.migrate import bring_up_to_date
from resources.errors import UserError

T = TypeVar("T")
BUSY_TIMEOUT_S = 10.0
_CODES = {
    dbapi2.SQLITE_FULL: "STORE_DISK_FULL",
    dbapi2.SQLITE_IOERR: "STORE_DISK_FAILED",
    dbapi2.SQLITE_READONLY: "STORE_UNWRITABLE",
    dbapi2.SQLITE_CANTOPEN: "STORE_UNWRITABLE",
    dbapi2.SQLITE_PERM: "STORE_UNWRITABLE",
    dbapi2.SQLITE_CORRUPT: "STORE_DAMAGED",
    dbapi2.SQLITE_NOTADB: "STORE_DAMAGED",
    dbapi2.SQLITE_BUSY: "STORE_BUSY",
    dbapi2.SQLITE_LOCKED: "STORE_BUSY",
}


class Database:
    """Runs functions with a connection, one after the other, on the database thread.

    ``read`` and ``write`` may be called from any thread and wait for the result. A ``write`` is
    one transaction: when it returns, its changes are on disk.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        """Open (and if needed create or migrate) the database ``path`` with the 32-byte ``key``.

        Raises ``UserError`` when it cannot be used, and leaves the file as it was.
        """
        self.path = path
        self._key = key
        self._engine = create_engine(
            "sqlite://",
            module=dbapi2,
            creator=self._connect,
            poolclass=StaticPool,
            json_serializer=partial(json.dumps, ensure_ascii=False),
            hide_parameters=True,  # a traceback must not show what a caller said
        )
        event.listen(self._engine, "begin", _begin)
        self._writing = self._engine.execution_options(begin="IMMEDIATE")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        try:
            self._thread.submit(self._open).result()
        except BaseException:
            self.close()
            raise

    def read(self, work: Callable[[Connection], T]) -> T:
        """The result of ``work`` on a consistent view of the data."""
        return self._thread.submit(self._run, self._engine, work).result()

    def write(self, work: Callable[[Connection], T]) -> T:
        """The result of ``work``; all its changes are kept, or none."""
        return self._thread.submit(self._run, self._writing, work).result()

    def close(self) -> None:
        """Finish what was asked, then close. Safe to call twice."""
        try:
            self._thread.submit(self._engine.dispose).result()
        except RuntimeError:  # closed before
            return
        self._thread.shutdown()

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            check_file(self.path, self._key)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise UserError("STORE_UNWRITABLE", path=self.path, detail=error.strerror) from error
        self._run(self._writing, lambda connection: bring_up_to_date(connection, self.path))

    def _run(self, engine: Any, work: Callable[[Connection], T]) -> T:
        try:
            with engine.begin() as connection:
                return work(connection)
        except (DBAPIError, dbapi2.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            told = told_by_disk(cause, self.path) if cause is not None else None
            if told is None:  # a bug of ours
                raise
            raise told from error

    def _connect(self) -> Any:
        return connect(self.path, self._key)


def connect(path: Path, key: bytes, journal: str = "WAL") -> Any:
    """A connection of its own to an encrypted database; transactions are begun by whoever asks."""
    connection = dbapi2.connect(
        os.fspath(path),
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,  # transactions are begun by ``_begin``, schema changes included
        check_same_thread=False,
    )
    try:
        for pragma in (
            "cipher_log_level = NONE",
            f"key = \"x'{key.hex()}'\"",
            "cipher_compatibility = 4",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _set_journal(connection, journal)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _set_journal(connection: Any, journal: str) -> None:
    """Set the journal mode; SQLite does not wait for others here, whatever the timeout says."""
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {journal}")
            return
        except dbapi2.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != dbapi2.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0.005, 0.02))


def told_by_disk(error: BaseException, path: Path) -> UserError | None:
    """What to tell the user of a failure of the database; ``None`` for a bug of ours."""
    code = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return None if code is None else UserError(code, path=path, detail=str(error))


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
