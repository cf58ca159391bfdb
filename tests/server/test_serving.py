"""Starting the centre: what it refuses, and how it says so."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import httpx
import pytest
from alembic.script import ScriptDirectory
from centre_process import new_database
from sqlalchemy import create_engine, inspect

from resources.errors import UserError
from server.database import MIGRATIONS, CentreDatabase, default_url
from server.run import Listening, add_seat, serve
from server.schema import REVISION, metadata


def test_beyond_this_machine_it_serves_only_encrypted(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="SERVER_NEEDS_TLS"):
        serve("0.0.0.0", 0, data_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unusable_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    with pytest.raises(UserError, match="SERVER_TLS_FILES"):
        serve("0.0.0.0", 0, data_dir=tmp_path, tls_cert=tmp_path / "cert.pem")
    with pytest.raises(UserError, match="SERVER_TLS_FILES"):
        serve("0.0.0.0", 0, data_dir=tmp_path, tls_cert=tmp_path / "missing.pem")


def test_it_runs_inside_another_program_and_a_taken_port_is_told(tmp_path: Path) -> None:
    ready: list[Listening] = []
    known = threading.Event()

    def tell(listening: Listening) -> None:
        ready.append(listening)
        known.set()

    thread = threading.Thread(target=serve, kwargs={"port": 0, "data_dir": tmp_path, "ready": tell})
    thread.start()
    try:
        assert known.wait(30)
        with httpx.Client(trust_env=False, verify=False) as http:
            assert http.get(f"{ready[0].url}/api/v1/health").status_code == 200
        port = int(ready[0].url.rpartition(":")[2])
        with pytest.raises(UserError, match="SERVER_PORT_TAKEN"):
            serve(port=port, data_dir=tmp_path)
    finally:
        ready[0].stop()
        thread.join(20)
    assert not thread.is_alive()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_embedded_database_is_for_its_owner_only(tmp_path: Path) -> None:
    add_seat("一号坐席", data_dir=tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new" / "centre.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://x/y",
        "sqlite://",
        "sqlite:////dev/null/centre.db",
        "postgresql://127.0.0.1:1/x",
    ],
)
def test_a_database_that_is_not_there(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="SERVER_DATABASE"):
        serve(port=0, database_url=url, data_dir=tmp_path)


def test_a_password_in_the_address_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UserError) as failure:
        serve(port=0, database_url="postgresql://u:hunter2@127.0.0.1:1/x", data_dir=tmp_path)
    assert "hunter2" not in str(failure.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "centre.db"
    file.write_bytes(b"precious" * 1000)
    with pytest.raises(UserError, match="SERVER_DATABASE"):
        serve(port=0, data_dir=tmp_path)
    assert file.read_bytes() == b"precious" * 1000


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    add_seat("seat-1", data_dir=tmp_path)
    database = sqlite3.connect(tmp_path / "centre.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    before = (tmp_path / "centre.db").read_bytes()
    with pytest.raises(UserError, match="SERVER_DATABASE_NEWER"):
        serve(port=0, data_dir=tmp_path)
    assert (tmp_path / "centre.db").read_bytes() == before


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "\0"])
def test_a_seat_needs_a_proper_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="SERVER_SEAT_NAME"):
        add_seat(name, data_dir=tmp_path)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_make_the_tables_of_the_program(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == REVISION
    url = new_database(kind, request) or default_url(tmp_path)
    CentreDatabase(url).close()
    CentreDatabase(url).close()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    try:
        found = inspect(engine)
        for table in metadata.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}
            indexes = {tuple(index["column_names"]) for index in found.get_indexes(table.name)}
            assert {tuple(index.columns.keys()) for index in table.indexes} <= indexes
    finally:
        engine.dispose()
