"""The calls of a seat, one row each: who, when, how long in which phase, who is to be called back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from app.telephone.line import LineCall, Phase
from app.worker import NewestWorker
from resources.errors import UserError

if TYPE_CHECKING:
    from app.storage.seat_store import SeatStore

MOST = 1000
log = logging.getLogger(__name__)


class LoggedCall(NamedTuple):
    """A call that is over, with the ``tickets`` that were written in it. ``key`` 0 = not kept yet.

    ``called_back``: the operator said so; ``came_again``: the number was answered later.
    """

    key: int
    line: LineCall
    began: datetime
    tickets: tuple[str, ...] = ()
    called_back: bool = False
    came_again: bool = False

    @property
    def open(self) -> bool:
        """Whether somebody still has to be called back."""
        missed = self.line.phase is Phase.MISSED and self.line.number is not None
        return missed and not (self.called_back or self.came_again)


class CallLog:
    """The log of one seat. Writing happens on a thread of its own; what is asked for blocks."""

    def __init__(self, store: Callable[[], SeatStore], changed: Callable[[], None]) -> None:
        """``changed`` hears of every change that is on disk."""
        self._store, self._changed = store, changed
        self._pending: list[LoggedCall] = []
        self._worker: NewestWorker[None] | None = None

    def note(self, line: LineCall, began: datetime) -> None:
        """Keep a call that is over, soon; any thread."""
        self._pending.append(LoggedCall(0, line, began))
        if self._worker is None:
            self._worker = NewestWorker("call-log", lambda _: self._write(), delay=0.2)
        self._worker.offer(None)

    def newest(self, limit: int = MOST) -> tuple[LoggedCall, ...]:
        """The newest first."""
        return with_later(self._store().line_calls(limit))

    def call_back(self, keys: Sequence[int], done: bool = True) -> None:
        """Say that these were called back, or were not."""
        self._store().note_called_back(keys, done)
        self._changed()

    def close(self) -> None:
        """Write what is left; bounded."""
        if self._worker is not None:
            self._worker.close()

    def _write(self) -> None:
        count = len(self._pending)
        try:
            self._store().add_line_calls(self._pending[:count])
        except UserError as error:  # the calls themselves and their tickets are safe
            log.warning("%s", error)
        del self._pending[:count]
        self._changed()


def with_later(calls: Sequence[LoggedCall]) -> tuple[LoggedCall, ...]:
    """Calls, newest first, that know whether their number was answered later."""
    answered: set[str] = set()
    found = []
    for one in calls:
        number = one.line.number
        found.append(one._replace(came_again=number is not None and number in answered))
        if number is not None and one.line.phase is not Phase.MISSED:
            answered.add(number)
    return tuple(found)
