"""Every earlier schema becomes the present one, with its data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, StaticPool, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlcipher3 import dbapi2

from app.storage.migrate import MIGRATIONS, bring_up_to_date, revision_of
from app.storage.schema import REVISION, metadata
from app.storage.seat_store import SeatStore

KEY = bytes(range(32))
SCRIPTS = ScriptDirectory(str(MIGRATIONS))
EARLIER = [script.revision for script in SCRIPTS.walk_revisions()]


@contextmanager
def encrypted(path: Path) -> Iterator[Connection]:
    """A connection as an earlier program had it."""

    def connect() -> dbapi2.Connection:
        connection = dbapi2.connect(str(path), check_same_thread=False)
        connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
        return connection

    engine = create_engine("sqlite://", module=dbapi2, creator=connect, poolclass=StaticPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_the_program_knows_its_newest_revision() -> None:
    assert SCRIPTS.get_heads() == [REVISION]


@pytest.mark.parametrize("revision", EARLIER)
def test_a_store_of_an_earlier_revision_is_brought_up_to_date(tmp_path: Path, revision: str) -> None:
    with encrypted(tmp_path / "seat.db") as connection:
        bring_up_to_date(connection, tmp_path / "seat.db", revision)
        connection.execute(text("INSERT INTO meta VALUES ('kept', 'since then')"))
    SeatStore(tmp_path, KEY).close()
    with encrypted(tmp_path / "seat.db") as connection:
        assert revision_of(connection) == REVISION
        assert connection.scalar(text("SELECT value FROM meta WHERE name = 'kept'")) == "since then"


def test_the_migrations_make_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    SeatStore(tmp_path, KEY).close()
    with encrypted(tmp_path / "seat.db") as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
        for table in metadata.sorted_tables:
            columns = {
                column["name"]: (str(column["type"]), column["nullable"], bool(column["primary_key"]))
                for column in found.get_columns(table.name)
            }
            assert columns == {
                column.name: (
                    column.type.compile(connection.dialect),
                    column.nullable,
                    column.primary_key,
                )
                for column in table.columns
            }
            indexes = {tuple(index["column_names"]) for index in found.get_indexes(table.name)}
            assert {tuple(index.columns.keys()) for index in table.indexes} <= indexes
            targets = {key["referred_table"] for key in found.get_foreign_keys(table.name)}
            assert targets == {key.column.table.name for key in table.foreign_keys}


def test_it_works_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    SeatStore(tmp_path / "新 文件夹 100%", KEY).close()
    assert (tmp_path / "新 文件夹 100%" / "seat.db").exists()


def test_a_migration_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with encrypted(tmp_path / "seat.db") as connection:
        connection.execute(text("CREATE TABLE article (in_the_way TEXT)"))
    with pytest.raises(OperationalError, match="already exists"):
        SeatStore(tmp_path, KEY)
    with encrypted(tmp_path / "seat.db") as connection:
        assert inspect(connection).get_table_names() == ["article"]
