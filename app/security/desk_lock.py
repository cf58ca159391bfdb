"""One desk per data directory: two would record the same line and edit the same drafts."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from resources.errors import UserError

LOCK_FILE = "desk.lock"


class DeskLock:
    """Held while the desk runs. The system lets go of it when the process ends, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        """Take the lock. Raises ``UserError("DESK_RUNNING")`` when another process holds it."""
        path = data_dir / LOCK_FILE
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError("STORE_UNWRITABLE", path=path, detail=error.strerror) from error
        try:
            _lock(self._file)
        except OSError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "?"
            os.close(self._file)
            raise UserError("DESK_RUNNING", path=data_dir, process=holder) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Let go. The file stays: removing it would let two processes lock different files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> DeskLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
