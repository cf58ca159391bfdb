"""A thread that always works on the newest thing: older, unstarted work is replaced."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class NewestWorker(Generic[T]):
    """Runs ``work(item)`` on a thread of its own for the newest item offered.

    ``delay`` seconds pass between the first offer and the work, so that a burst is done once.
    An exception in ``work`` goes to ``failed`` and the worker goes on.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[T], None],
        *,
        delay: float = 0.0,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self._work = work
        self._delay = delay
        self._failed = failed
        self._changed = threading.Condition()
        self._item: list[T] = []
        self._busy = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def offer(self, item: T) -> None:
        """Work on ``item`` soon, instead of what was offered before and has not begun."""
        with self._changed:
            if not self._closing:
                self._item = [item]
                self._changed.notify_all()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything offered so far is done. False when the time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._item and not self._busy, timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """Do what is still offered, then end the thread. False when the time ran out."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._item or self._closing)
                if not self._item:
                    return
                if self._delay and not self._closing:
                    self._changed.wait_for(lambda: self._closing, self._delay)
                item, self._item, self._busy = self._item[0], [], True
            try:
                self._work(item)
            except Exception as error:
                log.exception("%s failed", self._thread.name)
                if self._failed:
                    self._failed(error)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()
