"""Pages of the feed that many seats get alike: read, written as JSON and compressed once for all.

After a large event thousands of seats pull the same stretch. A page is shared between seats whose
cursor is the same, while the feed's end is the same, and only with seats for which that stretch holds
nothing of their own: so each gets byte for byte what it would have got without sharing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.sync.packing import pack
from app.sync.protocol import COMPRESS_FROM_BYTES, Changes
from server.database import CentreDatabase
from server.feed import changes_after, changes_for_all, newest_change
from server.schema import change

MOST_PAGES = 16


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as JSON, and as gzip where that is worth it; ``upto`` = the last number it is about."""

    body: bytes
    packed: bytes | None
    upto: int

    @classmethod
    def of(cls, changes: Changes) -> Page:
        """The page of an answer."""
        body = changes.model_dump_json().encode()
        packed = pack(body) if len(body) >= COMPRESS_FROM_BYTES else None
        return cls(body, packed, changes.cursor)


@dataclass(slots=True)
class _Place:
    """Whoever comes first makes the page, the others wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    page: Page | None = None


class SharedPages:
    """The pages that were asked for last, in one process."""

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._places: dict[tuple[int, int], _Place] = {}
        self._lock = threading.Lock()

    def after(self, seat: str, cursor: int) -> Page:
        """The next page for a seat."""
        own = select(func.min(change.c.seq)).where(change.c.seat == seat, change.c.seq > cursor)
        with self._database.read() as connection:
            newest = newest_change(connection)  # first: then no own change up to it is overlooked
            first_own = connection.scalar(own)
        if cursor > newest:
            return Page.of(changes_after(self._database, seat, cursor))
        page = self._page((cursor, newest), lambda: self._made(cursor, newest))
        if first_own is not None and first_own <= page.upto:
            return Page.of(changes_after(self._database, seat, cursor))
        return page

    def _made(self, cursor: int, newest: int) -> Page:
        with self._database.read() as connection:
            return Page.of(changes_for_all(connection, cursor, newest))

    def _page(self, key: tuple[int, int], make: Callable[[], Page]) -> Page:
        with self._lock:
            place = self._places.pop(key, None) or _Place()
            self._places[key] = place
            while len(self._places) > MOST_PAGES:
                del self._places[next(iter(self._places))]
        with place.lock:
            if place.page is None:
                place.page = make()
            return place.page
