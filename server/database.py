"""The centre's database: one SQLite file for a small centre, PostgreSQL for a city."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.sql.schema import Table

from app.statistics.keeping import prepare
from resources.errors import UserError
from server.schema import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"
DATABASE_FILE = "centre.db"
_MIGRATION_LOCK = 0x6A696573


def default_url(data_dir: Path) -> str:
    """The address of the embedded database in a data directory."""
    return URL.create("sqlite", database=os.fspath(data_dir / DATABASE_FILE)).render_as_string()


class CentreDatabase:
    """Transactions on the centre's data, from any thread."""

    def __init__(self, url: str) -> None:
        """Connect and bring the schema up to date. Raises ``UserError`` when that cannot be done."""
        self._writer: AbstractContextManager[object] = nullcontext()
        shown = url
        try:
            parsed = make_url(url)
            shown = parsed.render_as_string(hide_password=True)
            self._engine = self._make_engine(parsed)
            self._migrate(shown)
            with self.write() as connection:
                prepare(connection)
        except (DBAPIError, ArgumentError, OSError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            detail = (str(cause).splitlines() or [type(cause).__name__])[0]
            raise UserError("SERVER_DATABASE", url=shown, detail=detail) from None

    def _make_engine(self, url: URL) -> Engine:
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() == "postgresql":
            return create_engine(
                url, hide_parameters=True, pool_pre_ping=True, pool_size=20, max_overflow=20
            )
        if url.get_backend_name() != "sqlite" or not url.database:
            raise ArgumentError("sqlite:///file or postgresql://host/name expected")
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        engine = create_engine(
            url, hide_parameters=True, connect_args={"isolation_level": None, "timeout": 30.0}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        self._writer = threading.Lock()  # waiting for a lock is fairer than SQLite's busy loop
        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: kept as a whole when the block ends well, otherwise not at all."""
        engine = self._engine.execution_options(begin="IMMEDIATE")
        with self._writer, engine.begin() as connection:
            yield connection

    @property
    def postgres_address(self) -> str | None:
        """How to connect besides the pool; ``None`` for SQLite."""
        url = self._engine.url
        if url.get_backend_name() != "postgresql":
            return None
        return url.set(drivername="postgresql").render_as_string(hide_password=False)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _migrate(self, shown: str) -> None:
        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:lock)")
                connection.execute(lock, {"lock": _MIGRATION_LOCK})
            revision = _revision(connection)
            if revision == REVISION:
                return
            from alembic import command  # takes time and is needed only when the schema changes
            from alembic.config import Config
            from alembic.script import ScriptDirectory

            logging.getLogger("alembic").setLevel(logging.WARNING)  # its steps are not the user's
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            scripts = ScriptDirectory.from_config(config).walk_revisions()
            if revision is not None and revision not in {script.revision for script in scripts}:
                raise UserError("SERVER_DATABASE_NEWER", url=shown)
            config.attributes["connection"] = connection
            command.upgrade(config, REVISION)


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An ``INSERT`` that knows ``on_conflict_…``."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _prepare_sqlite(connection: Any, _record: object) -> None:
    for pragma in (
        *("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"),
        "secure_delete = ON",  # what is deleted is overwritten: people have a right to it
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
