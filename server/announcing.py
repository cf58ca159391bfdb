"""Tells connected seats at once that there is news: small ones in full, others to be pulled."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database import CentreDatabase
from server.feed import CHANNEL, EVERY_SEAT, newest_change, page_for_all, seats_concerned

log = logging.getLogger(__name__)
LOOK_AGAIN_S = 0.5
PING_S = 15.0
LISTEN_AT_MOST_S = 1800.0
NEWS = b"event: change\ndata:\n\n"
PING = b":\n\n"
PAGES_WAITING = 8


class _Stream:
    """One connection: what it is to be told next.

    ``since`` = every change after it that concerns the seat was told on this connection, so that a
    seat which has followed the feed at least that far misses nothing when it takes a page.
    """

    def __init__(self, since: int) -> None:
        self.woken = asyncio.Event()
        self._since = since
        self._waiting: list[bytes] = []

    def tell(self, page: bytes, newest: int) -> None:
        """News up to ``newest``; without a page, or with many not yet sent, to be pulled."""
        if page and len(self._waiting) < PAGES_WAITING:
            self._waiting.append(b'event: change\ndata: {"after":%d,%b\n\n' % (self._since, page))
        else:
            self._waiting = [NEWS] * PAGES_WAITING  # whoever pulls needs none of the pages
        self._since = newest
        self.woken.set()

    def take(self) -> bytes:
        """The events to send."""
        events = NEWS if NEWS in self._waiting else b"".join(self._waiting)
        self._waiting = []
        return events


async def _within_ping(event: asyncio.Event) -> bool:
    """Whether it was set before a sign of life is due."""
    try:
        await asyncio.wait_for(event.wait(), PING_S)
    except TimeoutError:
        return False
    return True


class Announcer:
    """Watches the change feed on a thread and wakes the listeners of one event loop.

    On PostgreSQL it waits for a notification, which also comes from other processes and machines;
    on SQLite, and when a notification is lost, it looks every ``LOOK_AGAIN_S``.
    """

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._streams: dict[str, set[_Stream]] = {}
        self._seen: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked = asyncio.Event()
        self._closed = threading.Event()

    def close(self) -> None:
        """End all streams; on the event loop."""
        self._closed.set()
        self._looked.set()
        for streams in self._streams.values():
            for stream in streams:
                stream.woken.set()

    async def stream(self, seat: str) -> AsyncIterator[bytes]:
        """Server-sent events for a seat: a change, or a sign of life. Begins with a change."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            threading.Thread(target=self._watch, name="announcer", daemon=True).start()
        while not await _within_ping(self._looked):
            yield PING  # a seat that pulled before the feed is watched would miss what comes between
        stream = _Stream(self._seen or 0)
        self._streams.setdefault(seat, set()).add(stream)
        ends = asyncio.get_running_loop().time() + LISTEN_AT_MOST_S  # then the token is asked again
        try:
            yield NEWS
            while not self._closed.is_set() and asyncio.get_running_loop().time() < ends:
                if not await _within_ping(stream.woken):
                    yield PING
                    continue
                stream.woken.clear()
                if not self._closed.is_set():
                    yield stream.take()
        finally:
            self._streams[seat].discard(stream)
            if not self._streams[seat]:
                del self._streams[seat]

    def announce(self, newest: int, seats: set[str], page: bytes) -> None:
        """Wake those whom changes up to ``newest`` concern; ``page`` is what concerns everybody.

        Who has changes of their own, or too many for a page, is told to pull. Without anybody
        concerned the feed only begins to be watched, or was set back.
        """
        everybody = EVERY_SEAT in seats
        for seat in list(self._streams) if everybody else seats:
            for stream in self._streams.get(seat, ()):
                stream.tell(b"" if seat in seats else page, newest)
        self._seen = newest
        self._looked.set()

    def _watch(self) -> None:
        assert self._loop is not None
        seen: int | None = None
        for _ in self._moments():
            try:
                with self._database.read() as connection:
                    newest = newest_change(connection)
                    if seen is None or newest < seen:
                        seen = newest
                    if newest == seen == self._seen:
                        continue
                    seats = seats_concerned(connection, seen, newest)
                    page = page_for_all(connection, seen, newest) if EVERY_SEAT in seats else b""
            except (DBAPIError, PoolTimeout) as error:
                log.warning("feed: %s", type(error).__name__)
                continue
            seen = newest
            try:
                self._loop.call_soon_threadsafe(self.announce, newest, seats, page)
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
