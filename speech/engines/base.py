"""What the recogniser asks of an engine. Audio is mono ``int16`` at 16 kHz, shape ``(n,)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from speech.utterance import Word

Samples = NDArray[np.int16]
SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """An engine's reading of a stretch of audio; word times count from the stretch's start.

    ``no_speech`` is the engine's own probability (0 to 1) that nobody spoke, if it has one.
    """

    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    no_speech: float | None = None


class UtteranceEngine(Protocol):
    """Decodes a whole utterance at once (the second pass)."""

    name: str

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        """Read one utterance. ``hot_words`` bias the decoder where the engine can be biased."""


@runtime_checkable
class SkimmingEngine(Protocol):
    """An engine for whole utterances that can also read one quickly and less well."""

    def skim(self, samples: Samples, hot_words: Sequence[str] = ()) -> str:
        """Text of an utterance that may break off in the middle; ``""`` when there seems none."""


@runtime_checkable
class RereadingEngine(Protocol):
    """An engine for whole utterances that can read the digits of one again in other ways."""

    name: str

    def reread(self, samples: Samples) -> tuple[str, ...]:
        """Further readings, independent of ``decode`` as far as the engine can."""


class EngineStream(Protocol):
    """One speaker's running recognition (the first pass)."""

    def feed(self, samples: Samples) -> str:
        """Take the next block, return the partial text so far (may be empty)."""

    def finish(self) -> Decoded:
        """End the utterance, return its reading, be ready for the next one."""


class StreamingEngine(Protocol):
    """Recognises while the speaker speaks."""

    name: str

    def stream(self, hot_words: Sequence[str] = ()) -> EngineStream:
        """A new stream; streams are independent of each other. ``hot_words`` as in ``decode``."""
