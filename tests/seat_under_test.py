"""A seat without a window: its store and its sync, for tests of any room."""

from __future__ import annotations

import queue
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sample_tickets import make_ticket

from app.domain.call import Call
from app.domain.ticket import Ticket
from app.events import Event
from app.settings import Settings
from app.storage.seat_store import SeatStore
from app.sync.worker import SyncWorker


class SeatUnderTest:
    """A seat's store and sync without a window; ``heard`` are the events in their order."""

    def __init__(self, data_dir: Path) -> None:
        self.store = SeatStore(data_dir, bytes(range(32)))
        self.store.start_call(Call("call-1", datetime.now(UTC), "file"))
        self.settings = Settings()
        self._events: queue.Queue[Event] = queue.Queue()
        self.heard: list[Event] = []
        self.worker = SyncWorker(self.store, lambda: self.settings, self._events.put)

    def use(self, url: str, interval: float = 3600) -> None:
        """Set the centre's address; the long interval leaves the pace to ``kick``."""
        self.settings = Settings(server_url=url, sync_interval_s=interval)

    def submit(self) -> Ticket:
        """One more ticket."""
        ticket = make_ticket()
        self.store.submit(ticket)
        return ticket

    def wait_for(self, wanted: Callable[[Event], bool], timeout: float = 30) -> Event:
        """The next event of this kind; fails when none comes in time."""
        while True:
            event = self._events.get(timeout=timeout)
            self.heard.append(event)
            if wanted(event):
                return event

    def close(self) -> None:
        """Stop sync, then the store."""
        assert self.worker.stop(10)
        self.store.close()
