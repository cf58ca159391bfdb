"""The one door by which sound enters: live calls, files, drills and tests all look like this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from speech.engines.base import SAMPLE_RATE, Samples
from speech.events import SpeechDegraded
from speech.utterance import Speaker


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """The next stretch of one speaker's channel: mono int16 at 16 kHz.

    ``start`` = seconds from the start of the call. Blocks of one speaker follow each other
    without overlap; a hole between them is a gap.
    """

    speaker: Speaker
    start: float
    samples: Samples

    @property
    def end(self) -> float:
        """Seconds from the start of the call at which the block ends."""
        return self.start + len(self.samples) / SAMPLE_RATE


class AudioSource(Protocol):
    """Yields blocks of 100 to 500 ms (live: to 200) until the call ends or ``stop`` is called.

    A source with one channel lists one speaker. ``live`` = sound goes on whether or not anybody
    takes the blocks, so the reader must never wait.
    """

    name: str
    speakers: tuple[Speaker, ...]
    live: bool

    def blocks(self) -> Iterator[AudioBlock | SpeechDegraded]:
        """The blocks in time order, both speakers interleaved. Raises ``UserError``.

        A ``SpeechDegraded`` between them says that something is wrong for now, e.g. a headset
        was pulled; blocks follow when it is back, and the hole before them is the gap.
        """

    def stop(self) -> None:
        """End the iteration soon; safe from any thread, and more than once."""
