"""Tells connected seats at once that there is news; what it is they pull."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database import CentreDatabase
from server.feed import CHANNEL, EVERY_SEAT, newest_change, seats_concerned

log = logging.getLogger(__name__)
LOOK_AGAIN_S = 0.5
PING_S = 15.0
LISTEN_AT_MOST_S = 1800.0
NEWS = b"event: change\ndata:\n\n"
PING = b":\n\n"


class Announcer:
    """Watches the change feed on a thread and wakes the listeners of one event loop.

    On PostgreSQL it waits for a notification, which also comes from other processes and machines;
    on SQLite, and when a notification is lost, it looks every ``LOOK_AGAIN_S``.
    """

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = threading.Event()

    def close(self) -> None:
        """End all streams; on the event loop."""
        self._closed.set()
        self._wake(set(), everybody=True)

    async def stream(self, seat: str) -> AsyncIterator[bytes]:
        """Server-sent events for a seat: a change, or a sign of life. Begins with a change."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            threading.Thread(target=self._watch, name="announcer", daemon=True).start()
        woken = asyncio.Event()
        self._listeners.setdefault(seat, set()).add(woken)
        ends = asyncio.get_running_loop().time() + LISTEN_AT_MOST_S  # then the token is asked again
        try:
            yield NEWS
            while not self._closed.is_set() and asyncio.get_running_loop().time() < ends:
                try:
                    await asyncio.wait_for(woken.wait(), PING_S)
                except TimeoutError:
                    yield PING
                    continue
                woken.clear()
                if not self._closed.is_set():
                    yield NEWS
        finally:
            self._listeners[seat].discard(woken)
            if not self._listeners[seat]:
                del self._listeners[seat]

    def _wake(self, seats: set[str], everybody: bool = False) -> None:
        chosen = self._listeners if everybody else seats
        for seat in chosen:
            for woken in self._listeners.get(seat, ()):
                woken.set()

    def _watch(self) -> None:
        assert self._loop is not None
        seen: int | None = None
        for _ in self._moments():
            try:
                with self._database.read() as connection:
                    newest = newest_change(connection)
                    if seen is None or newest < seen:
                        seen = newest
                    if newest == seen:
                        continue
                    seats = seats_concerned(connection, seen, newest)
            except (DBAPIError, PoolTimeout) as error:
                log.warning("feed: %s", type(error).__name__)
                continue
            seen = newest
            try:
                self._loop.call_soon_threadsafe(self._wake, seats, EVERY_SEAT in seats)
            except RuntimeError:  # the loop has ended
                return

    def _moments(self) -> Iterator[None]:
        """The moments at which to look at the feed."""
        while not self._closed.is_set():
            address = self._database.postgres_address
            if address is not None:
                try:
                    with psycopg.connect(address, autocommit=True) as connection:
                        connection.execute(f"LISTEN {CHANNEL}".encode())
                        while not self._closed.is_set():
                            yield
                            for _ in connection.notifies(timeout=LOOK_AGAIN_S, stop_after=1):
                                pass
                except psycopg.Error as error:
                    log.warning("listening: %s", type(error).__name__)
            yield
            self._closed.wait(LOOK_AGAIN_S)
