"""Text of a stretch that goes on, from an engine that can only read it whole, again and again."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

from speech.events import PartialHeard
from speech.repair.simplified import simplify
from speech.utterance import Speaker
from speech.waiting import Sketch

SLOW_S = 1.5


class Partials:
    """Shows what two readings in a row agree on; what was shown is never taken back or changed.

    A reading is left out while the machine needs its time for finished text: after each one comes
    a rest as long as it took, after a slow one four times as long.
    """

    def __init__(
        self, emit: Callable[[PartialHeard], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._emit, self._clock = emit, clock
        self._rest_until = float("-inf")
        self._last: dict[Speaker, str] = {}
        self._shown: dict[Speaker, str] = {}

    def grow(self, sketch: Sketch, skim: Callable[[], str]) -> None:
        """Read a stretch that goes on, unless it is time to rest, and show what became sure."""
        begun = self._clock()
        if begun < self._rest_until:
            return
        text = skim()
        now = self._clock()
        took = now - begun
        self._rest_until = now + (took if took < SLOW_S else 4 * took)
        self.note(sketch, text)

    def note(self, sketch: Sketch, text: str) -> None:
        """Take one more reading of a stretch."""
        speaker, heard = sketch.speaker, letters(text)
        agreed = common(self._last.get(speaker, ""), heard)
        self._last[speaker] = heard
        shown = self._shown.get(speaker, "")
        if len(agreed) > len(shown) and agreed.startswith(shown):
            self._shown[speaker] = agreed
            self._emit(PartialHeard(speaker, sketch.stretch.start, agreed))

    def end(self, speaker: Speaker) -> bool:
        """The speaker's stretch is finished; whether any of it was shown."""
        self._last.pop(speaker, None)
        return bool(self._shown.pop(speaker, ""))


def letters(text: str) -> str:
    """Simplified characters without marks and blanks: readings differ in these all the time."""
    return "".join(c for c in simplify(text) if unicodedata.category(c)[0] in "LN")


def common(one: str, other: str) -> str:
    """What two readings begin with."""
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return one[:same]
