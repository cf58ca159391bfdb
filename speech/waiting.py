"""What waits for the decoder: finished stretches first, then what can be looked at again or ahead."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from speech.engines.base import Decoded
from speech.utterance import Speaker, Utterance
from speech.vad import Stretch


@dataclass(frozen=True, slots=True)
class Finished:
    """A stretch to read: what the live engine made of it, and when the end of its speech came in.

    ``shown`` = the live engine showed partial text of it.
    """

    speaker: Speaker
    stretch: Stretch
    live: Decoded | None
    shown: bool
    came_in: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """A stretch that is not finished. ``lull`` = it will have been whole if nothing more is said."""

    speaker: Speaker
    stretch: Stretch
    lull: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """An utterance that is shown but to be read again, and its audio.

    It holds a telephone number only heard once; or, ``hasty``, all of it was read too quickly.
    """

    utterance: Utterance
    finished: Finished
    hasty: bool = False


class Waiting:
    """The decoder's work, handed over by the listener; doubts come from the decoder itself.

    ``limit`` = how many finished stretches may wait before ``put`` does; 0 = never waits. A newer
    sketch replaces the speaker's older one, and a finished stretch makes it pointless, so what
    waits stays bounded by what was said.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._finished: deque[Finished] = deque()
        self._sketches: dict[Speaker, Sketch] = {}
        self._doubts: deque[Doubt] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, finished: Finished) -> None:
        """Hand over a finished stretch."""
        with self._changed:
            self._changed.wait_for(lambda: not self._limit or len(self._finished) < self._limit)
            self._sketches.pop(finished.speaker, None)
            self._finished.append(finished)
            self._changed.notify_all()

    def sketch(self, sketch: Sketch) -> None:
        """Offer what may be read while nothing else is to do."""
        with self._changed:
            self._sketches[sketch.speaker] = sketch
            self._changed.notify_all()

    def doubt(self, doubt: Doubt) -> None:
        """Leave a number to be read again when nobody waits for text."""
        with self._changed:
            self._doubts.append(doubt)
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._closed = True
            self._sketches.clear()
            self._changed.notify_all()

    def take(self) -> Finished | Sketch | Doubt | None:
        """The next piece of work; waits for it. ``None`` when all is done."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._finished or self._sketches or self._doubts or self._closed
            )
            self._changed.notify_all()
            if self._finished:
                return self._finished.popleft()
            lulls = [speaker for speaker, sketch in self._sketches.items() if sketch.lull]
            if self._doubts and not lulls:
                return self._doubts.popleft()
            if not self._sketches:
                return None
            return self._sketches.pop(lulls[0] if lulls else next(iter(self._sketches)))
