"""What was done outside the ticket's fields and can be taken back for a while, by the key of undo."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

LASTS_S = 300.0
"""So long a deed can be taken back, unless it says otherwise."""


class Done(NamedTuple):
    """What to do to take it back, and when it was done and holds for good (monotonic seconds)."""

    back: Callable[[], None]
    at: float
    until: float


class Deeds(QObject):
    """The newest deed that can be taken back. ``told`` carries what was done, in words."""

    told = Signal(str)

    def __init__(self, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._newest: Done | None = None

    @property
    def at(self) -> float:
        """When the newest deed that can be taken back was done; minus infinity without one."""
        deed = self._newest
        return deed.at if deed is not None and self._clock() < deed.until else float("-inf")

    def note(self, words: str, back: Callable[[], None], seconds: float = LASTS_S) -> None:
        """Something was done; its ``words`` say by which key it is taken back."""
        now = self._clock()
        self._newest = Done(back, now, now + seconds)
        self.told.emit(words)

    def take_back(self) -> bool:
        """Take the newest deed back; ``False`` when there is none."""
        deed, self._newest = (self._newest if self.at > float("-inf") else None), None
        if deed is not None:
            deed.back()
        return deed is not None

    def forget(self) -> None:
        """It holds for good."""
        self._newest = None
