"""The master key: kept well, never replaced over existing data, and lost only with a clear word."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from app.security import keys
from app.security.keys import MasterKey, open_master_key
from resources.errors import UserError


class MemoryKeyring(KeyringBackend):
    """A keyring for one test; ``locked`` blocks as one does that waits for its user."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.unlocked = threading.Event()
        self.unlocked.set()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait(30)
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.unlocked.wait(30)
        self.entries[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """The keyring of the session."""
    before, mine = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(mine)
    monkeypatch.setenv("JIESU_KEYRING", "on")
    yield mine
    mine.unlocked.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(10)
    keyring.set_keyring(before)


@pytest.fixture
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a keyring."""
    monkeypatch.setenv("JIESU_KEYRING", "off")


def test_the_key_lies_in_the_keyring_and_not_in_the_folder(ring: MemoryKeyring, tmp_path: Path) -> None:
    key = open_master_key(tmp_path)
    assert not key.fallback
    assert list(ring.entries.values()) == [key.secret.hex()]
    assert key.secret.hex() not in (tmp_path / "key").read_text()
    assert open_master_key(tmp_path) == key


def test_two_folders_have_two_keys_and_a_moved_folder_keeps_its_own(
    ring: MemoryKeyring, tmp_path: Path
) -> None:
    first, second = open_master_key(tmp_path / "a"), open_master_key(tmp_path / "b")
    assert first.secret != second.secret
    (tmp_path / "a").rename(tmp_path / "moved")
    assert open_master_key(tmp_path / "moved") == first


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_the_key_lies_in_a_file_for_its_owner_only(tmp_path: Path) -> None:
    key = open_master_key(tmp_path)
    assert key.fallback
    assert open_master_key(tmp_path) == key
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
        (tmp_path / "key").chmod(0o644)
        open_master_key(tmp_path)
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_keyring_that_waits_for_its_user_does_not_hold_up_the_first_start(
    ring: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_KEYRING", "auto")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(keys, "NEW_KEY_WAIT_S", 0.05)
    ring.unlocked.clear()
    assert open_master_key(tmp_path).fallback


def test_where_the_keyring_is_demanded_there_is_no_way_round_it(
    ring: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "NEW_KEY_WAIT_S", 0.05)
    ring.unlocked.clear()
    with pytest.raises(UserError, match="KEYRING_UNUSABLE"):
        open_master_key(tmp_path)
    assert not (tmp_path / "key").exists()


def test_a_key_that_was_lost_is_not_replaced(ring: MemoryKeyring, tmp_path: Path) -> None:
    open_master_key(tmp_path)
    before = (tmp_path / "key").read_bytes()
    kept = dict(ring.entries)
    ring.entries.clear()
    with pytest.raises(UserError, match="KEY_LOST"):
        open_master_key(tmp_path)
    ring.entries = dict.fromkeys(kept, "00" * 32)
    with pytest.raises(UserError, match="KEY_WRONG"):
        open_master_key(tmp_path)
    ring.entries = dict.fromkeys(kept, "not hexadecimal")
    with pytest.raises(UserError, match="KEY_WRONG"):
        open_master_key(tmp_path)
    assert (tmp_path / "key").read_bytes() == before
    ring.entries = kept
    open_master_key(tmp_path)


def test_a_keyring_that_is_gone_later_is_told(
    ring: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_master_key(tmp_path)
    monkeypatch.setenv("JIESU_KEYRING", "off")
    with pytest.raises(UserError, match="KEYRING_UNUSABLE"):
        open_master_key(tmp_path)
    monkeypatch.setenv("JIESU_KEYRING", "on")
    monkeypatch.setattr(keys, "KNOWN_KEY_WAIT_S", 0.05)
    ring.unlocked.clear()
    with pytest.raises(UserError, match="KEYRING_UNUSABLE"):
        open_master_key(tmp_path)


@pytest.mark.usefixtures("no_ring")
@pytest.mark.parametrize("data", ["seat.db", "recordings/call.jsr"])
def test_no_new_key_is_made_beside_existing_data(tmp_path: Path, data: str) -> None:
    (tmp_path / data).parent.mkdir(exist_ok=True)
    (tmp_path / data).write_bytes(b"encrypted")
    with pytest.raises(UserError, match="KEY_MISSING"):
        open_master_key(tmp_path)
    assert not (tmp_path / "key").exists()


@pytest.mark.usefixtures("no_ring")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b'{"id": "x", "kept_in": "file", "check": "y", "secret": "zz"}',
    ],
)
def test_a_broken_key_file_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(UserError, match="KEY_FILE_BROKEN"):
        open_master_key(tmp_path)
    assert (tmp_path / "key").read_bytes() == content


@pytest.mark.usefixtures("no_ring")
def test_one_changed_digit_is_noticed(tmp_path: Path) -> None:
    open_master_key(tmp_path)
    record = json.loads((tmp_path / "key").read_text())
    record["secret"] = ("0" if record["secret"][0] != "0" else "1") + record["secret"][1:]
    (tmp_path / "key").write_text(json.dumps(record))
    with pytest.raises(UserError, match="KEY_FILE_BROKEN"):
        open_master_key(tmp_path)


@pytest.mark.usefixtures("no_ring")
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="KEY_FILE_UNUSABLE"):
        open_master_key(tmp_path / "file" / "data")


@pytest.mark.usefixtures("no_ring")
def test_programs_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start() -> MasterKey:
        together.wait(30)
        return open_master_key(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        found = {future.result().secret for future in [pool.submit(start) for _ in range(8)]}
    assert len(found) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


@pytest.mark.usefixtures("no_ring")
def test_derived_keys_differ_and_nothing_prints_a_secret(tmp_path: Path) -> None:
    key = open_master_key(tmp_path)
    assert len({key.secret, key.database, key.recordings, key.derive("other")}) == 4
    assert all(len(secret) == 32 for secret in (key.database, key.recordings))
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)
