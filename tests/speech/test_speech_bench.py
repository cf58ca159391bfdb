"""The benchmark of the pipeline gives its figures, with an engine that costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import soundfile

from bench.speech import overhead, real_time
from speech.engines.base import Decoded, EngineStream, Samples


class Quick:
    """Final and live engine in one; hears the same in everything, the longer the more."""

    name = "quick"

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        return Decoded(self.skim(samples), confidence=0.9)

    def skim(self, samples: Samples, hot_words: Sequence[str] = ()) -> str:
        return "我们小区从昨天晚上开始停水"[: len(samples) // 8000]

    def stream(self, hot_words: Sequence[str] = ()) -> EngineStream:
        return QuickStream()


class QuickStream:
    def __init__(self) -> None:
        self._fed = 0

    def feed(self, samples: Samples) -> str:
        self._fed += len(samples)
        return "停" * (self._fed // 8000)

    def finish(self) -> Decoded:
        self._fed = 0
        return Decoded("停水了")


@pytest.fixture(scope="module")
def few_seconds(call_audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound, rate = soundfile.read(call_audio)
    path = tmp_path_factory.mktemp("sound") / "call.wav"
    soundfile.write(path, sound[6 * rate : 10 * rate], rate)
    return path


def test_delays_are_told_of_final_and_partial_text(few_seconds: Path) -> None:
    alone = real_time([few_seconds], None, Quick())
    assert alone["utterances"] >= 1
    assert alone["final_p95_s"] >= 0
    live = real_time([few_seconds], Quick(), None)
    assert live["partials"] >= 3
    assert live["partial_p95_s"] is not None
    assert live["lag_p95_s"] >= 0


def test_the_pipeline_is_compared_with_the_engine_alone(few_seconds: Path) -> None:
    figures = overhead([few_seconds], Quick())
    assert figures["whole_s"] > 0
    assert figures["overhead"] > 0
