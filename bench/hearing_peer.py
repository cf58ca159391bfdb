"""The streaming transcriber that a user would pick instead, on the same model and the same calls.

whisper-streaming (Apache-2.0, MIT) hears one voice, so it gets both sides of a call mixed. It is no
part of the product; where it is not installed the figures say so. Its filter for silence is on, or it
reads the quiet between two turns again and again. What it commits is final, as is the
desk's text after the end of an utterance: ``final_p95_s`` counts from the end of the committed words.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.delays import quantiles, share, true_text
from bench.splices import two_sides
from speech.engines.base import SAMPLE_RATE, Samples
from speech.evaluate import corpus_cer

INSTALL = "pip install --no-deps whisper-streaming==0.1.0 opus-fast-mosestokenizer"
CHUNK_S = 1.0
WINDOW_S = 15.0
QUIET_S = 20.0
"""It ends when no sound came for so long; it may lag behind the call by that much."""


def peer(calls: Sequence[Path], model: Path) -> dict[str, Any]:
    """Its delays, error rate and processor time; ``skipped`` with the reason where it is missing."""
    try:
        import whisper_streaming
        from whisper_streaming import backend
    except ImportError as error:
        return {"skipped": f"{error.name} is not installed ({INSTALL})"}
    delays: list[float] = []
    texts: list[tuple[str, str]] = []
    seconds = took = 0.0
    for call in calls:
        sound = _mixed(call)
        heard: list[str] = []
        cpu = time.process_time()
        _hear(whisper_streaming, backend, model, sound, heard, delays)
        took += time.process_time() - cpu
        seconds += len(sound) / SAMPLE_RATE
        if (true := true_text(call)) is not None:
            texts.append((true, "".join(heard)))
    return {
        "name": "whisper-streaming 0.1.0",
        "final_p50_s": share(delays, 0.5),
        "final_p95_s": share(delays, 0.95),
        "final_quantiles_s": quantiles(delays),
        "cer": round(corpus_cer(texts), 4) if texts else None,
        "cpu_per_audio_s": round(took / seconds, 2),
    }


def _hear(
    library: Any, backend: Any, model: Path, sound: Samples, heard: list[str], delays: list[float]
) -> None:
    begun = time.monotonic()
    done = threading.Event()

    class Line(library.AudioReceiver):  # type: ignore[misc]
        """The call at its own speed: what came since it last took something, a second at least."""

        at = 0

        def _do_receive(self) -> Any:
            if self.at >= len(sound):
                done.wait()
                return None
            time.sleep(max(0.0, begun + self.at / SAMPLE_RATE + CHUNK_S - time.monotonic()))
            while not self.queue.empty() and not done.wait(0.05):
                continue
            start, self.at = self.at, int((time.monotonic() - begun) * SAMPLE_RATE)
            return sound[start : self.at].astype(np.float32) / 32768.0

        def _do_close(self) -> None:
            done.set()

    class Ear(library.OutputSender):  # type: ignore[misc]
        """Takes what it commits."""

        def _do_output(self, said: Any) -> None:
            heard.append(said.word)
            delays.append(time.monotonic() - begun - float(said.end))

        def _do_close(self) -> None:
            while not self.queue.empty():
                heard.append(self.queue.get().word)  # its last words, which nothing confirmed

    library.ASRProcessor(
        library.ASRProcessor.ProcessorConfig(
            sampling_rate=SAMPLE_RATE,
            prompt_size=200,
            audio_receiver_timeout=QUIET_S,
            audio_trimming=library.TimeTrimming(WINDOW_S),
            language="zh",
        ),
        Line(),
        Ear(),
        library.Backend.FASTER_WHISPER,
        backend.FasterWhisperModelConfig(
            str(model), device="cpu", compute_type="int8", local_files_only=True
        ),
        backend.FasterWhisperTranscribeConfig(vad_filter=True),
        backend.FasterWhisperFeatureExtractorConfig(),
    ).run()


def _mixed(call: Path) -> Samples:
    sides = list(two_sides(call).values())
    mixed = np.zeros(max(len(side) for side in sides), dtype=np.int32)
    for side in sides:
        mixed[: len(side)] += side
    loud: Samples = np.clip(mixed, -32768, 32767).astype(np.int16)
    return loud
