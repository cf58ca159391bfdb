"""Hybrid logical clocks: an order of changes that wrong and jumping clocks do not upset.

After Kulkarni, Demirbas and others (2014). A stamp is the wall clock where that goes on, otherwise a
count behind the latest stamp that was made or seen, so that an answer always comes after its question.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

AHEAD_AT_MOST_MS = 60_000
"""A stamp from further in the future than this is not believed."""
_MOST = 0xFFFF
_WRITTEN = re.compile(r"([0-9a-f]{12})-([0-9a-f]{4})-(.{1,64})", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """A moment: milliseconds since 1970, a count within it, and who made it. Later ones are greater."""

    ms: int
    count: int
    who: str

    def __str__(self) -> str:
        return f"{self.ms:012x}-{self.count:04x}-{self.who}"


def read_stamp(written: str) -> Stamp:
    """The inverse of ``str``. Raises ``ValueError``."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise ValueError("no stamp")
    return Stamp(int(found[1], 16), int(found[2], 16), found[3])


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class HybridClock:
    """Makes stamps for ``who``, each greater than all it has made or seen. Not for several threads."""

    def __init__(
        self, who: str, latest: Stamp | None = None, wall_ms: Callable[[], int] = _wall_ms
    ) -> None:
        """``latest`` = the last stamp of an earlier run."""
        self._who = who
        self._wall_ms = wall_ms
        self._ms, self._count = (latest.ms, latest.count) if latest else (0, 0)

    def now(self) -> Stamp:
        """The next stamp."""
        wall = self._wall_ms()
        if wall > self._ms:
            self._ms, self._count = wall, 0
        elif self._count < _MOST:
            self._count += 1
        else:
            self._ms, self._count = self._ms + 1, 0
        return Stamp(self._ms, self._count, self._who)

    def witness(self, seen: Stamp) -> bool:
        """Go beyond a stamp of somebody else; ``False`` and nothing when it is too far ahead."""
        if seen.ms > self._wall_ms() + AHEAD_AT_MOST_MS:
            return False
        self._ms, self._count = max((self._ms, self._count), (seen.ms, seen.count))
        return True
