"""The trials of what goes wrong in real calls, in short."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.kills import killed
from bench.long_call import long_call
from bench.robust import quiet
from bench.sounds import QUIET
from bench.splices import spliced, turns
from bench.unplugged import unplugged
from resources.loader import resource_path
from speech.engines.base import SAMPLE_RATE, Decoded, Samples


class Quick:
    """A final engine that costs nothing."""

    name = "quick"

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        return Decoded("我们小区从昨天晚上开始停水"[: len(samples) // 8000 + 1], confidence=0.9)


@pytest.mark.parametrize("name", QUIET)
def test_nobody_is_heard_where_nobody_speaks(name: str) -> None:
    sound = QUIET[name](20.0)
    assert len(sound) == 20 * SAMPLE_RATE
    assert quiet(sound, Quick())["text"] == ""


def test_speech_in_a_quiet_line_keeps_its_beginning_and_its_end() -> None:
    said = tuple(turns(resource_path("calls")))
    assert len(said) > 10
    assert spliced(said, None, trials=20)["cut_sound"] == 0


def test_a_killed_recording_loses_less_than_a_second_and_reads_the_same(call_audio: Path) -> None:
    figures = killed(call_audio, Quick(), trials=4)
    assert figures["exact"] == figures["kills"] == 4
    assert 0 <= figures["lost_max_s"] <= 1.0
    assert figures["cer_rebuilt"] == 0


def test_text_and_sound_of_a_long_call_stay_together(call_audio: Path) -> None:
    figures = long_call(call_audio, Quick(), minutes=3)
    assert figures["utterances"] > 20
    assert figures["text_drift_ms"] <= 50
    assert abs(figures["audio_drift_ms"]) <= 1


@pytest.mark.sound
@pytest.mark.slow
def test_a_pulled_input_is_noticed_marked_and_taken_up_again(call_audio: Path) -> None:
    figures = unplugged(call_audio, None)
    if "skipped" in figures:
        pytest.skip(figures["skipped"])
    assert figures["noticed_s"] <= 1.5  # the bar is one second; the machine may be busy
    assert figures["gap_s"] == pytest.approx(figures["away_s"], abs=1.0)
    assert figures["recording_complete"]
