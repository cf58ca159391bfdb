"""Logs of the centre: one JSON object a line where asked for, never what a request said."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime

FORMAT = "JIESU_LOG_FORMAT"
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


def log_to_standard_error() -> None:
    """Set up logging of a serving process."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logging.basicConfig(level=os.environ.get("JIESU_LOG", "INFO"), handlers=[handler])
