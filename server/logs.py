"""Logs of the centre: one JSON object a line where asked for, never what a request said."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

from resources.errors import UserError

try:
    import fcntl
except ImportError:  # Windows, where a centre is one process
    fcntl = None  # type: ignore[assignment]

FORMAT, FILE = "JIESU_LOG_FORMAT", "JIESU_LOG_FILE"
LARGEST, KEPT = 10_000_000, 9
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """A record as one line of JSON with the fields that a request's record carries."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            **getattr(record, "request", {}),
        }
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__  # its message may hold what was sent
        return json.dumps(fields, ensure_ascii=False)


def formatter() -> logging.Formatter:
    """JSON lines when ``JIESU_LOG_FORMAT=json``, else plain text."""
    return JsonLines() if os.environ.get(FORMAT) == "json" else logging.Formatter(_PLAIN)


class RotatedFile(WatchedFileHandler):
    """A log file for all processes of a centre; at ``LARGEST`` bytes it gives way to an empty one.

    The first ``KEPT`` older ones stay as ``NAME.1``, ``NAME.2`` …. Whoever finds the file full renames,
    one process at a time; the others see that it is another file and follow.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line whole."""
        try:
            if Path(self.baseFilename).stat().st_size >= LARGEST:
                self._rotate()
        except OSError:  # not there, or somebody else is at it: the line is written all the same
            pass
        super().emit(record)

    def _rotate(self) -> None:
        path = Path(self.baseFilename)
        with path.with_name(f"{path.name}.lock").open("w") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process, however that ends
            if path.stat().st_size < LARGEST:
                return
            for number in range(KEPT, 0, -1):
                newer = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
                if newer.exists():
                    newer.replace(path.with_name(f"{path.name}.{number}"))


def log_of_a_centre() -> None:
    """Set up logging of a serving process: standard error, or the file of ``JIESU_LOG_FILE``."""
    file = os.environ.get(FILE)
    try:
        handler = RotatedFile(file, encoding="utf-8") if file else logging.StreamHandler()
    except OSError as error:
        raise UserError("SERVER_LOG_FILE", path=file, detail=error.strerror or error) from None
    handler.setFormatter(formatter())
    logging.basicConfig(level=os.environ.get("JIESU_LOG", "INFO"), handlers=[handler])
