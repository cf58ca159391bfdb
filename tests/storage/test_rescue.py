"""Snapshots that can be trusted, and what a damaged database still gives."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sample_tickets import make_ticket

from app.domain.call import Call
from app.security.desk_lock import DeskLock
from app.storage.cipher_file import PAGE
from app.storage.salvage import salvage
from app.storage.seat_store import SeatStore
from app.storage.snapshots import (
    KEEP,
    SnapshotKeeper,
    restore_snapshot,
    snapshots,
    take_snapshot,
    verify_snapshot,
)
from resources.errors import UserError

KEY = bytes(range(32))
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def salvaged(target: Path) -> dict[str, list[dict[str, object]]]:
    """The exported records by table."""
    found: dict[str, list[dict[str, object]]] = {}
    for line in target.read_text("utf-8").splitlines():
        record = json.loads(line)
        found.setdefault(record.pop("table"), []).append(record)
    return found


def test_a_snapshot_brings_back_what_it_held(store: SeatStore, call: Call, tmp_path: Path) -> None:
    kept = make_ticket(call.id)
    store.submit(kept)
    copy = take_snapshot(tmp_path, KEY, NOW)
    assert copy.holds["ticket"] == 1
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    assert "欧阳测试".encode() not in copy.path.read_bytes()
    store.submit(make_ticket(call.id))
    store.close()
    restored, aside = restore_snapshot(tmp_path, KEY, copy.path, NOW)
    assert restored.holds["ticket"] == 1
    assert (aside / "seat.db").exists()
    again = SeatStore(tmp_path, KEY)
    assert again.tickets() == (kept,)
    again.close()


def test_a_damaged_snapshot_is_never_restored(store: SeatStore, call: Call, tmp_path: Path) -> None:
    store.submit(make_ticket(call.id))
    copy = take_snapshot(tmp_path, KEY, NOW).path
    store.close()
    raw = bytearray(copy.read_bytes())
    raw[3 * PAGE + 100] ^= 1
    copy.write_bytes(raw)
    before = (tmp_path / "seat.db").read_bytes()
    with pytest.raises(UserError) as failure:
        restore_snapshot(tmp_path, KEY, copy, NOW)
    assert failure.value.code in ("BACKUP_DAMAGED", "STORE_DAMAGED")
    assert (tmp_path / "seat.db").read_bytes() == before
    assert not list(tmp_path.glob("*.restored"))


def test_only_the_newest_snapshots_stay(store: SeatStore, call: Call, tmp_path: Path) -> None:
    for day in range(KEEP + 2):
        take_snapshot(tmp_path, KEY, NOW + timedelta(days=day))
    kept = snapshots(tmp_path)
    assert len(kept) == KEEP
    assert "20261130" in kept[0].name
    assert verify_snapshot(kept[0], KEY)["call"] == 1


def test_the_keeper_takes_one_a_day_and_tells_of_failure(
    store: SeatStore, call: Call, tmp_path: Path
) -> None:
    heard: list[UserError | None] = []
    told = threading.Event()

    def hear(error: UserError | None) -> None:
        heard.append(error)
        told.set()

    for _ in range(2):
        keeper = SnapshotKeeper(tmp_path, KEY, hear)
        keeper.start()
        assert told.wait(20)
        assert keeper.close()
    assert heard == [None]
    shutil.rmtree(tmp_path / "backups")
    (tmp_path / "backups").write_text("in the way")
    told.clear()
    keeper = SnapshotKeeper(tmp_path, KEY, hear)
    keeper.start()
    assert told.wait(20)
    assert keeper.close()
    assert heard[1] is not None
    assert heard[1].code == "BACKUP_FAILED"


def test_no_restore_while_a_desk_runs(store: SeatStore, call: Call, tmp_path: Path) -> None:
    copy = take_snapshot(tmp_path, KEY, NOW).path
    holder = "import sys; from pathlib import Path; from app.security.desk_lock import DeskLock; "
    holder += "lock = DeskLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError) as failure:
            restore_snapshot(tmp_path, KEY, copy, NOW)
        assert failure.value.code == "DESK_RUNNING"
        assert str(other.pid) in failure.value.message("en")
        other.kill()
    with DeskLock(tmp_path):  # the killed process no longer holds it
        pass


def test_salvage_reads_around_damage_and_changes_nothing(
    store: SeatStore, call: Call, tmp_path: Path
) -> None:
    tickets = [make_ticket(call.id) for _ in range(200)]
    for ticket in tickets:
        store.submit(ticket)
    store.close()
    database, target = tmp_path / "seat.db", tmp_path / "saved.jsonl"
    raw = bytearray(database.read_bytes())
    damaged = range(20, len(raw) // PAGE - 1, 25)
    for number in damaged:
        raw[number * PAGE + 7] ^= 0xFF
    database.write_bytes(raw)
    report = salvage(database, KEY, target)
    assert report.damaged_pages == len(damaged)
    assert report.gaps > 0
    assert database.read_bytes() == bytes(raw)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    found = salvaged(target)
    ids = {str(record["id"]) for record in found["ticket"]}
    ids |= {str(record["ticket_id"]) for record in found["outbox"]}
    assert ids <= {ticket.id for ticket in tickets}
    assert len(ids) > 150
    assert "meta" not in found  # it holds the seat's password


def test_salvage_includes_the_log_of_a_crash(store: SeatStore, call: Call, tmp_path: Path) -> None:
    ticket = make_ticket(call.id)
    store.submit(ticket)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in tmp_path.glob("seat.db*"):
        shutil.copy(file, crashed)
    report = salvage(crashed / "seat.db", KEY, tmp_path / "saved.jsonl")
    assert (report.gaps, report.damaged_pages) == (0, 0)
    (record,) = salvaged(report.path)["ticket"]
    assert record["id"] == ticket.id
    assert sorted(path.name for path in crashed.iterdir()) == sorted(
        path.name for path in tmp_path.glob("seat.db*")
    )


def test_salvage_of_a_plaintext_database(store: SeatStore, call: Call, tmp_path: Path) -> None:
    plain = tmp_path / "plain.db"
    with sqlite3.connect(plain) as connection:
        connection.execute("CREATE TABLE ticket (id TEXT, body TEXT)")
        connection.execute("INSERT INTO ticket VALUES ('one', '{\"a\": 1}')")
    connection.close()
    report = salvage(plain, KEY, tmp_path / "saved.jsonl")
    assert salvaged(report.path)["ticket"] == [{"id": "one", "body": {"a": 1}}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "SALVAGE_NOTHING"),
        (b"", "SALVAGE_NOTHING"),
        (b"short", "SALVAGE_NOTHING"),
        (os.urandom(5 * PAGE), "STORE_WRONG_KEY"),
    ],
)
def test_what_cannot_be_salvaged_is_said(tmp_path: Path, content: bytes | None, code: str) -> None:
    database = tmp_path / "seat.db"
    if content is not None:
        database.write_bytes(content)
    with pytest.raises(UserError) as failure:
        salvage(database, KEY, tmp_path / "saved.jsonl")
    assert failure.value.code == code
    assert not (tmp_path / "saved.jsonl").exists()


def test_salvage_never_writes_over_a_file(store: SeatStore, call: Call, tmp_path: Path) -> None:
    store.close()
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    with pytest.raises(UserError) as failure:
        salvage(tmp_path / "seat.db", KEY, target)
    assert failure.value.code == "SALVAGE_TARGET"
    assert target.read_text() == "mine"
