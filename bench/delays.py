"""When sound was heard and shown: the clock behind the speech benchmark."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speech.engines.base import (
    SAMPLE_RATE,
    Decoded,
    EngineStream,
    Samples,
    SkimmingEngine,
    StreamingEngine,
)
from speech.events import PartialHeard, SpeechEvent, UtteranceHeard

_NEEDLE = 1600


class Delays:
    """Seconds between sound and what became of it, on the clock of the call.

    Where in the call an engine's samples come from is found by looking for them in the call's sound.
    """

    def __init__(self, sides: Sequence[Samples] = ()) -> None:
        self.begun = 0.0
        self.finals: list[float] = []
        self.partials: list[float] = []
        self.heard: list[float] = []
        self.texts: list[str] = []
        """Final texts of the call that is followed."""
        self.shown: list[float] = []
        """From the beginning of an utterance to the first text of it."""
        self.follow(sides)

    def follow(self, sides: Sequence[Samples]) -> None:
        """Go on with the sound of another call; its clock begins anew."""
        self._sides = [side.tobytes() for side in sides]
        self._until = 0.0
        self.texts = []
        self._begun_showing: set[float] = set()

    def position(self, samples: Samples) -> float | None:
        """Where in the call samples begin, in seconds; ``None`` for sound that has no unique place."""
        needle = samples[:_NEEDLE].tobytes()
        for side in self._sides:
            at = side.find(needle)
            if at >= 0 and at % samples.itemsize == 0 and side.find(needle, at + 1) < 0:
                return at / samples.itemsize / SAMPLE_RATE
        return None

    def fed(self, until: float | None) -> None:
        """An engine has heard the call up to so many seconds."""
        if until is not None:
            self._until = until
            self.heard.append(time.monotonic() - self.begun - until)

    def note(self, event: SpeechEvent) -> None:
        """Take an event of the recogniser."""
        now = time.monotonic() - self.begun
        if isinstance(event, UtteranceHeard):
            self.finals.append(event.lag)
            self.texts.append(event.utterance.text)
        elif isinstance(event, PartialHeard) and event.text:
            self.partials.append(now - self._until)
            if event.start not in self._begun_showing:
                self._begun_showing.add(event.start)
                self.shown.append(now - event.start)

    def watching(self, final: SkimmingEngine) -> Any:
        """The engine, noting how much audio each skim and each whole reading had."""
        return _Following(final, self)


class _Following:
    """An engine for whole utterances that tells how far it has heard."""

    def __init__(self, engine: Any, delays: Delays) -> None:
        self.name, self._engine, self._delays = engine.name, engine, delays

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        found: Decoded = self._engine.decode(samples, hot_words)
        self._heard(samples)
        return found

    def skim(self, samples: Samples, hot_words: Sequence[str] = ()) -> str:
        found: str = self._engine.skim(samples, hot_words)
        self._heard(samples)
        return found

    def reread(self, samples: Samples) -> tuple[str, ...]:
        found: tuple[str, ...] = self._engine.reread(samples)
        return found

    def _heard(self, samples: Samples) -> None:
        start = self._delays.position(samples)
        self._delays.fed(None if start is None else start + len(samples) / SAMPLE_RATE)


class Watched:
    """A live engine whose streams tell how far they have heard."""

    def __init__(self, engine: StreamingEngine, delays: Delays) -> None:
        self.name, self._engine, self._delays = engine.name, engine, delays

    def stream(self, hot_words: Sequence[str] = ()) -> EngineStream:
        return _WatchedStream(self._engine.stream(hot_words), self._delays)


class _WatchedStream:
    def __init__(self, stream: EngineStream, delays: Delays) -> None:
        self._stream, self._delays = stream, delays
        self._begin: float | None = None
        self._fed = 0

    def feed(self, samples: Samples) -> str:
        if self._begin is None:
            self._begin, self._fed = self._delays.position(samples), 0
        text = self._stream.feed(samples)
        self._fed += len(samples)
        self._delays.fed(None if self._begin is None else self._begin + self._fed / SAMPLE_RATE)
        return text

    def finish(self) -> Decoded:
        self._begin = None
        return self._stream.finish()


def share(values: Sequence[float], share: float) -> float | None:
    """The value that so large a share of the values stays below."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None


def quantiles(values: Sequence[float]) -> list[float | None]:
    """The values at 0, 5, … 100 per cent, as a plot wants them."""
    return [share(values, part / 20) for part in range(21)]


def true_text(call: Path) -> str | None:
    """What is said in a call, from the file beside it; ``None`` where there is none."""
    beside = call.with_suffix(".json")
    if not beside.exists():
        return None
    turns = json.loads(beside.read_text(encoding="utf-8"))["turns"]
    return "".join(turn["text"] for turn in sorted(turns, key=lambda turn: turn["start"]))
