"""The benchmark of the pipeline gives its figures, with an engine that costs nothing."""

from __future__ import annotations

import importlib.util
import runpy
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
import soundfile
from program import ROOT

from bench.delays import quantiles
from bench.hearing_peer import peer
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


def test_delays_become_a_picture() -> None:
    assert quantiles([0.5, 1.0])[::20] == [0.5, 1.0]
    draw = runpy.run_path(str(ROOT / "tools" / "plot_speech.py"))["draw"]
    figures = {"whisper": {"final_quantiles_s": quantiles([0.9, 1.0, 9.0])}, "peer": {"skipped": "…"}}
    picture = ElementTree.fromstring(draw(figures))
    lines = [part for part in picture.iter() if part.tag.endswith("polyline")]
    assert len(lines) == 1
    assert "Whisper, final" in "".join(picture.itertext())


def test_another_transcriber_that_is_not_there_is_passed_over() -> None:
    if importlib.util.find_spec("whisper_streaming"):
        pytest.skip("whisper-streaming is installed")
    assert "pip install" in peer([], Path("no-model"))["skipped"]
