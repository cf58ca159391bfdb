"""A store that cannot be used is refused in words, and its file stays as it was."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_tickets import make_ticket
from sqlalchemy import text

from app.domain.call import Call
from app.domain.draft import Draft
from app.storage import database
from app.storage.database import Database
from app.storage.seat_store import SeatStore
from resources.errors import UserError

KEY = bytes(range(32))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def refused(folder: Path, key: bytes = KEY) -> str:
    """The code with which opening is refused; nothing in the folder may change."""
    before = contents(folder)
    with pytest.raises(UserError) as failure:
        SeatStore(folder, key)
    assert failure.value.message("zh")
    assert contents(folder) == before
    return failure.value.code


@pytest.fixture
def closed(store: SeatStore, call: Call, tmp_path: Path) -> Path:
    """The folder of a store with some content, closed."""
    for _ in range(30):
        store.submit(make_ticket(call.id))
    store.close()
    return tmp_path


def test_another_key(closed: Path) -> None:
    assert refused(closed, bytes(32)) == "STORE_WRONG_KEY"


def test_another_key_after_a_crash_leaves_the_log_alone(
    store: SeatStore, call: Call, tmp_path: Path
) -> None:
    ticket = make_ticket(call.id)
    store.submit(ticket)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in tmp_path.glob("seat.db*"):
        shutil.copy(file, crashed)
    assert (crashed / "seat.db-wal").stat().st_size > 0
    assert refused(crashed, bytes(32)) == "STORE_WRONG_KEY"
    again = SeatStore(crashed, KEY)
    assert again.tickets() == (ticket,)
    again.close()


def test_a_plaintext_database(tmp_path: Path) -> None:
    plain = sqlite3.connect(tmp_path / "seat.db")
    plain.execute("CREATE TABLE ticket (id TEXT)")
    plain.close()
    assert refused(tmp_path) == "STORE_PLAINTEXT"


@pytest.mark.parametrize("content", [b"x", b"not a database" * 1000, bytes(50_000)])
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "seat.db").write_bytes(content)
    assert refused(tmp_path) in ("STORE_WRONG_KEY", "STORE_DAMAGED")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:2000],
        lambda data: data[:100] + b"\0" * 64 + data[164:],
    ],
)
def test_a_damaged_beginning(closed: Path, damage: Callable[[bytes], bytes]) -> None:
    file = closed / "seat.db"
    file.write_bytes(damage(file.read_bytes()))
    assert refused(closed) == "STORE_DAMAGED"


def test_damage_in_the_middle_is_told_when_it_is_met(closed: Path, call: Call) -> None:
    opened = SeatStore(closed, KEY)
    for _ in range(100):  # so that the end of the file holds tickets and nothing that opening reads
        opened.submit(make_ticket(call.id))
    opened.close()
    file = closed / "seat.db"
    data = bytearray(file.read_bytes())
    pages = len(data) // 4096
    for page in range(pages * 2 // 3, pages):
        data[page * 4096 + 1000] ^= 0xFF
    file.write_bytes(data)
    opened = SeatStore(closed, KEY)
    with pytest.raises(UserError, match="STORE_DAMAGED"):
        opened.tickets(1000)
    opened.close()


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "seat.db").touch()
    SeatStore(tmp_path, KEY).close()
    assert (tmp_path / "seat.db").stat().st_size > 0


def test_a_newer_schema(closed: Path) -> None:
    newer = Database(closed / "seat.db", KEY)
    change = text("UPDATE alembic_version SET version_num = '9999'")
    newer.write(lambda connection: connection.execute(change))
    newer.close()
    assert refused(closed) == "STORE_NEWER"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="STORE_UNWRITABLE"):
        SeatStore(tmp_path / "file", KEY)
    (tmp_path / "seat.db").mkdir()
    with pytest.raises(UserError, match="STORE_UNWRITABLE"):
        SeatStore(tmp_path, KEY)


def test_a_full_disk_keeps_what_was_there_and_recovers(closed: Path) -> None:
    """SQLite's own page limit fails in the same place, with the same error, as a full disk."""
    opened = Database(closed / "seat.db", KEY)
    pages = opened.read(lambda connection: connection.scalar(text("PRAGMA page_count")))
    set_limit = "PRAGMA max_page_count = {}"
    opened.read(lambda connection: connection.execute(text(set_limit.format(pages))).scalar())
    fill = text("INSERT INTO meta VALUES (:name, :value)")
    with pytest.raises(UserError, match="STORE_DISK_FULL"):
        opened.write(lambda connection: connection.execute(fill, {"name": "a", "value": "长" * 90_000}))
    opened.read(lambda connection: connection.execute(text(set_limit.format(1 << 30))).scalar())
    opened.write(lambda connection: connection.execute(fill, {"name": "b", "value": "短"}))
    names = opened.read(lambda connection: connection.scalars(text("SELECT name FROM meta")).all())
    assert list(names) == ["b"]
    opened.close()


def test_a_store_held_by_another_program(
    store: SeatStore, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    other = SeatStore(tmp_path, KEY)

    def try_meanwhile(_connection: object) -> None:
        with pytest.raises(UserError, match="STORE_BUSY"):
            other.submit(make_ticket(call.id))

    holder = Database(tmp_path / "seat.db", KEY)
    holder.write(try_meanwhile)
    holder.close()
    other.submit(make_ticket(call.id))
    assert len(other.tickets()) == 1
    other.close()


def test_an_error_message_does_not_quote_what_was_said(store: SeatStore, call: Call) -> None:
    draft = Draft("d", "no such call").type("caller.name", "欧阳测试")
    with pytest.raises(Exception, match="FOREIGN KEY") as failure:
        store.save_draft(draft)
    chain: BaseException | None = failure.value
    while chain is not None:
        assert "欧阳测试" not in str(chain)
        chain = chain.__cause__ or chain.__context__


def test_closing_twice_is_harmless(store: SeatStore) -> None:
    store.close()
    store.close()
