"""Text of a stretch that goes on, from an engine that can only read it whole, again and again."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import numpy as np

from speech.engines.base import SAMPLE_RATE, Samples
from speech.events import PartialHeard
from speech.repair.simplified import simplify
from speech.utterance import Speaker
from speech.vad import Stretch, Voice
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


class Growing:
    """The stretch that one speaker is saying; worth a sketch whenever it has grown by ``STEP_S``.

    From ``LONGEST_S`` on a sketch takes so long that the final text would wait for it; text then grows
    where the speaker pauses.
    """

    STEP_S = 0.9
    LONGEST_S = 8.0
    QUIET_S = 0.1

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """The stretch is finished."""
        self._pieces: list[Samples] = []
        self._new = 0.0
        self._begin = 0.0

    def add(self, voice: Voice) -> Stretch | None:
        """All of the stretch, if it has grown enough and did not just fall quiet."""
        if not self._pieces:
            self._begin = voice.start
        self._pieces.append(voice.samples)
        self._new += len(voice.samples) / SAMPLE_RATE
        if self._new < self.STEP_S or voice.quiet > self.QUIET_S:
            return None
        if voice.start - self._begin > self.LONGEST_S:
            return None
        self._new = 0.0
        samples = np.concatenate(self._pieces)
        end = self._begin + len(samples) / SAMPLE_RATE
        return Stretch(self._begin, samples, self._begin, end)


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
