"""Seats with tickets for a real centre."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
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


@pytest.fixture
def make_seat(tmp_path: Path) -> Iterator[Callable[[str], SeatUnderTest]]:
    """Makes seats by name."""
    made: list[SeatUnderTest] = []

    def make(name: str) -> SeatUnderTest:
        made.append(SeatUnderTest(tmp_path / name))
        return made[-1]

    yield make
    for seat in made:
        seat.close()


@pytest.fixture
def seat(make_seat: Callable[[str], SeatUnderTest]) -> SeatUnderTest:
    """One seat."""
    return make_seat("seat")
