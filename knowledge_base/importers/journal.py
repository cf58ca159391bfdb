"""What an import has done so far, so that one that was interrupted goes on instead of starting over."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

log = logging.getLogger(__name__)


class ImportJournal:
    """The files that are done, one line each; gone once an import comes to its end."""

    def __init__(self, path: Path) -> None:
        """Read what an interrupted import left behind."""
        self._path = path
        try:
            self._done = set(path.read_text(encoding="ascii").split())
        except (OSError, UnicodeError):
            self._done = set()

    def has(self, file: Path) -> bool:
        """Whether the file, as it is now, is done."""
        return _state(file) in self._done

    def add(self, files: list[Path]) -> None:
        """Note that what these files hold has been kept."""
        try:
            with self._path.open("a", encoding="ascii") as journal:
                journal.writelines(f"{_state(file)}\n" for file in files)
        except OSError as error:  # the import is whole all the same; only going on would start over
            log.warning("the import cannot be noted: %s", error)

    def finish(self) -> None:
        """The import came to its end."""
        self._path.unlink(missing_ok=True)


def _state(file: Path) -> str:
    try:
        facts = file.stat()
        state = f"{file.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"
    except OSError:
        state = str(file)
    return hashlib.blake2s(state.encode(errors="replace"), digest_size=16).hexdigest()
