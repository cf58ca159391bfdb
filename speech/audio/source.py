"""The one door by which sound enters: live calls, files, drills and tests all look like this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from speech.engines.base import Samples
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


class AudioSource(Protocol):
    """Yields blocks of 100 to 200 ms until the call ends or ``stop`` is called."""

    name: str
    speakers: tuple[Speaker, ...]

    def blocks(self) -> Iterator[AudioBlock]:
        """The blocks in time order, both speakers interleaved. Raises ``UserError``."""

    def stop(self) -> None:
        """End the iteration soon; safe from any thread, and more than once."""
