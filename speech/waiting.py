"""What waits for the listener, and for the decoder: finished stretches first, then second looks."""

from __future__ import annotations

import queue
import threading
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Decoded
from speech.utterance import Speaker, Utterance
from speech.vad import Stretch

IN_MEMORY = 4
"""Finished stretches that may wait with their sound; the sound of further ones waits on disk."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A block and the moment (monotonic seconds) it came in."""

    block: AudioBlock
    at: float


@dataclass(frozen=True, slots=True)
class Missed:
    """What a speaker said between two seconds of the call is to be taken from the recording.

    ``at`` = the moment (monotonic seconds) at which the last of it came in.
    """

    speaker: Speaker
    start: float
    end: float
    at: float


class OnHold:
    """The caller waits: what was said until now is finished."""


Ahead = queue.Queue[Arrival | Missed | OnHold | None]
"""What waits for the listener; ``None`` at the end."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A stretch to read: what the live engine made of it, and when the end of its speech came in.

    ``shown`` = the live engine showed partial text of it. ``aside`` = its sound, so many samples, is
    left to the recording for now.
    """

    speaker: Speaker
    stretch: Stretch
    live: Decoded | None
    shown: bool
    came_in: float
    aside: int = 0


def laid_aside(finished: Finished, recording: RecordingWriter | None) -> Finished:
    """The stretch without its sound, if the recording has that by now."""
    stretch, count = finished.stretch, len(finished.stretch.samples)
    if not count or recording is None:
        return finished
    if not recording.holds(finished.speaker, stretch.start + count / SAMPLE_RATE):
        return finished
    silent = replace(stretch, samples=np.zeros(0, dtype=np.int16))
    return replace(finished, stretch=silent, aside=count)


def taken_up(finished: Finished, recording: RecordingWriter | None) -> Finished:
    """The stretch with its sound again. Raises ``UserError`` when the recording cannot be read."""
    if not finished.aside or recording is None:
        return finished
    samples = np.zeros(finished.aside, dtype=np.int16)
    begin = finished.stretch.start
    for block in recording.written(finished.speaker, begin, begin + len(samples) / SAMPLE_RATE):
        at = round((block.start - begin) * SAMPLE_RATE)
        samples[at : at + len(block.samples)] = block.samples[: len(samples) - at]
    return replace(finished, stretch=replace(finished.stretch, samples=samples), aside=0)


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
    sketch replaces the speaker's older one, and a finished stretch makes it pointless. With a
    ``recording`` the sound of what waits long is left to it, so that memory stays as it is however far
    the decoder falls behind; whoever takes a finished stretch takes its sound up again.
    """

    def __init__(self, limit: int, recording: RecordingWriter | None = None) -> None:
        self._limit, self._recording = limit, recording
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
            self._lay_aside()
            self._changed.notify_all()

    def _lay_aside(self) -> None:
        """Leave the sound of what waits behind the next few to the recording, newest first."""
        for number in range(len(self._finished) - 1, IN_MEMORY - 1, -1):
            if self._finished[number].aside:
                return
            self._finished[number] = laid_aside(self._finished[number], self._recording)

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
