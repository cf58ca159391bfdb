"""What the operator did at the desk with a call, for a softphone that wants to do the same."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

MOST = 200


class Act(NamedTuple):
    """``kind``: a ``LineKind``, ``paused``, ``ready``; ``to``: where, or why; ``n`` counts from 1."""

    n: int
    kind: str
    call_id: str = ""
    to: str = ""


class Acts:
    """The newest acts of this run of the desk."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._acts: deque[Act] = deque(maxlen=MOST)
        self._n = 0
        self._closed = False

    def note(self, kind: str, call_id: str = "", to: str = "") -> None:
        """The operator did this."""
        with self._changed:
            self._n += 1
            self._acts.append(Act(self._n, kind, call_id, to))
            self._changed.notify_all()

    def after(self, n: int, wait_s: float) -> tuple[Act, ...]:
        """Those after the ``n``-th, as soon as there are any; none when the time ran out.

        A number that this run has not reached is of another run: then all.
        """
        with self._changed:
            n = n if n <= self._n else 0
            self._changed.wait_for(lambda: self._n > n or self._closed, wait_s)
            return tuple(act for act in self._acts if act.n > n)

    def close(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
