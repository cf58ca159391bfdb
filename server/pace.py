"""How often somebody may ask: one bucket of tries per address, refilled at a steady pace."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

KEPT = 50_000


class Pace:
    """Lets ``burst`` requests through at once and ``per_minute`` in the long run, for each key.

    Per process and in memory; the buckets longest unused are forgotten beyond ``KEPT``.
    """

    def __init__(
        self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Whether ``key`` may ask now; counts as having asked if so."""
        now = self._clock()
        with self._lock:
            left, since = self._buckets.pop(key, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._rate)
            allowed = left >= 1
            self._buckets[key] = (left - 1 if allowed else left, now)
            if len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        return allowed
