"""A verified copy of the seat's database every day, and the way back to one.

A copy is written beside, opened with the seat's key, checked page by page and only then given its
name: what stands in ``backups/`` under a name could be restored when it was made.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlcipher3 import dbapi2

from app.security.desk_lock import DeskLock
from app.security.keys import DATABASE_FILE
from app.storage.cipher_file import check_file
from app.storage.database import connect, told_by_disk
from resources.errors import UserError

log = logging.getLogger(__name__)
FOLDER = "backups"
KEEP = 7
LOOK_AGAIN_S = 1800.0
_STAMP = "%Y%m%d-%H%M%S"
_PREFIX, _SUFFIX = "seat-", ".db"
_COUNTED = ("call", "draft", "ticket", "outbox")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy in ``backups/`` and how many records of each kind it holds."""

    path: Path
    holds: dict[str, int]


def snapshots(data_dir: Path) -> tuple[Path, ...]:
    """The copies of a data directory, newest first."""
    folder = data_dir / FOLDER
    found = folder.glob(f"{_PREFIX}*{_SUFFIX}") if folder.is_dir() else ()
    return tuple(sorted(found, reverse=True))


def take_snapshot(data_dir: Path, key: bytes, now: datetime) -> Snapshot:
    """Copy the database while it is used, verify the copy, and forget all but the newest ones."""
    source, folder = data_dir / DATABASE_FILE, data_dir / FOLDER
    target = folder / f"{_PREFIX}{now.astimezone():{_STAMP}}{_SUFFIX}"
    scratch = target.with_suffix(".unverified")
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        check_file(source, key)
        scratch.unlink(missing_ok=True)
        os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(connect(source, key)) as connection:
            before = _counts(connection)
            connection.execute("VACUUM INTO ?", (os.fspath(scratch),))
        holds = verify_snapshot(scratch, key)
        if any(holds[table] < count for table, count in before.items() if table != "draft"):
            raise UserError("BACKUP_FAILED", path=target, detail="incomplete")
        _sync(scratch)
        os.replace(scratch, target)
        for old in snapshots(data_dir)[KEEP:]:
            old.unlink()
    except dbapi2.Error as error:
        raise told_by_disk(error, source) or UserError(
            "BACKUP_FAILED", path=target, detail=error
        ) from error
    except OSError as error:
        raise UserError("BACKUP_FAILED", path=target, detail=error.strerror) from error
    finally:
        with contextlib.suppress(OSError):  # of what went wrong, the first is told
            scratch.unlink(missing_ok=True)
    return Snapshot(target, holds)


def verify_snapshot(path: Path, key: bytes) -> dict[str, int]:
    """How many records a copy holds. Raises ``UserError`` unless every page and reference is whole."""
    if not path.is_file():
        raise UserError("BACKUP_UNKNOWN", path=path)
    check_file(path, key)
    try:
        with closing(connect(path, key, journal="DELETE")) as connection:  # nothing beside it
            bad = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            astray = connection.execute("PRAGMA foreign_key_check").fetchall()
            if bad or astray or not whole:
                raise UserError("BACKUP_DAMAGED", path=path)
            return _counts(connection)
    except dbapi2.Error as error:
        raise UserError("BACKUP_DAMAGED", path=path) from error


def restore_snapshot(data_dir: Path, key: bytes, copy: Path, now: datetime) -> tuple[Snapshot, Path]:
    """Put a copy in the database's place; where the former database was set aside.

    Raises ``UserError`` and leaves everything as it was when the copy is not whole or a desk runs.
    """
    target = data_dir / DATABASE_FILE
    aside = data_dir / FOLDER / f"before-restore-{now.astimezone():{_STAMP}}"
    scratch = target.with_name(target.name + ".restored")
    with DeskLock(data_dir):
        try:
            shutil.copyfile(copy, scratch)
            scratch.chmod(0o600)
            holds = verify_snapshot(scratch, key)
            _sync(scratch)
            aside.mkdir(parents=True, mode=0o700)
            for ending in ("", "-wal", "-shm"):
                part = target.with_name(target.name + ending)
                if part.exists():
                    os.replace(part, aside / part.name)
            os.replace(scratch, target)
        except FileNotFoundError:
            raise UserError("BACKUP_UNKNOWN", path=copy) from None
        except OSError as error:
            raise UserError("BACKUP_FAILED", path=target, detail=error.strerror) from error
        finally:
            scratch.unlink(missing_ok=True)
    return Snapshot(target, holds), aside


class SnapshotKeeper:
    """Takes the day's snapshot on a thread of its own, as soon as there is none of today."""

    def __init__(self, data_dir: Path, key: bytes, failed: Callable[[UserError | None], None]) -> None:
        """``failed`` hears of every failure, and of ``None`` after the next success."""
        self._data_dir = data_dir
        self._key = key
        self._failed = failed
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshot", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, timeout: float = 5.0) -> bool:
        """End; ``False`` when a copy under way takes longer. It would be left without a name."""
        self._closing.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            now = datetime.now().astimezone()
            today = f"{_PREFIX}{now:%Y%m%d}"
            if not any(path.name.startswith(today) for path in snapshots(self._data_dir)):
                try:
                    take_snapshot(self._data_dir, self._key, now)
                    self._failed(None)
                except UserError as error:
                    log.warning("snapshot: %s", error.code)
                    self._failed(error)
            if self._closing.wait(LOOK_AGAIN_S):
                return


def _counts(connection: dbapi2.Connection) -> dict[str, int]:
    return {
        table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        for table in _COUNTED
    }


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
