"""Official ticket numbers: reserved a block at a time, never given twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import date

from server.database import CentreDatabase, insert_into
from server.schema import day_number

PREFIX = "JS"
BLOCK = 200


class Numbers:
    """One process's stock of numbers ``JS20261121-000001``, counted per day.

    A block is reserved in a transaction of its own before any number of it is given, so that
    processes never wait for each other's tickets. What a process did not give when it ended stays
    a gap. Not for several threads.
    """

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._day: date | None = None
        self._free: deque[int] = deque()

    def take(self, day: date, count: int) -> list[str]:
        """The next ``count`` numbers of a day."""
        if day != self._day:
            self._day, self._free = day, deque()
        if len(self._free) < count:
            self._free.extend(self._reserve(day, max(BLOCK, count - len(self._free))))
        return [f"{PREFIX}{day:%Y%m%d}-{self._free.popleft():06d}" for _ in range(count)]

    def give_back(self, unused: Sequence[str]) -> None:
        """Return numbers that no transaction has seen; they are given next."""
        for number in sorted(unused, reverse=True):
            day, _, counted = number.removeprefix(PREFIX).partition("-")
            if self._day is not None and day == f"{self._day:%Y%m%d}":
                self._free.appendleft(int(counted))

    def _reserve(self, day: date, count: int) -> range:
        with self._database.write() as connection:
            last = connection.scalar(
                insert_into(connection, day_number)
                .values(day=day, last=count)
                .on_conflict_do_update(index_elements=["day"], set_={"last": day_number.c.last + count})
                .returning(day_number.c.last)
            )
        return range(int(last or 0) - count + 1, int(last or 0) + 1)
