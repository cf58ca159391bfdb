"""Keeps the statistics up to date while the centre runs, on a thread of its own."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database import CentreDatabase
from server.statistics.following import follow_tickets
from server.statistics.reporting import make_due_reports

log = logging.getLogger(__name__)
EVERY_S = 60.0
OWN_TEMPLATES = "JIESU_REPORT_TEMPLATES"
"""Names the folder of the centre's own templates."""


class Statistician:
    """Follows the tickets once a minute, and makes the reports that have become due."""

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        own = os.environ.get(OWN_TEMPLATES)
        self._templates = Path(own) if own else None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="statistician", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; waits for what is being done."""
        self._closed.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                follow_tickets(self._database)
                make_due_reports(self._database, self._templates, stopped=self._closed.is_set)
            except (DBAPIError, PoolTimeout) as error:
                log.warning("statistics: %s", type(error).__name__)
            self._closed.wait(EVERY_S)
