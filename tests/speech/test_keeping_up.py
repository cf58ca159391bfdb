"""A machine that falls behind says so, reads hastily for a while, and goes back to reading well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from speech.engines.base import Decoded, Samples, UtteranceEngine
from speech.events import (
    MachinePace,
    SpeechDegraded,
    SpeechEvent,
    SpeechRestored,
    UtteranceHeard,
    UtteranceSettled,
)
from speech.keeping_up import KeepingUp, memory_mb
from speech.passes import FinalPass
from speech.utterance import Speaker
from speech.vad import Stretch
from speech.waiting import Doubt, Finished


def told(lags: list[float]) -> tuple[KeepingUp, list[str]]:
    events: list[SpeechEvent] = []
    pace = KeepingUp(events.append)
    for lag in lags:
        pace.note(lag, 1.0, 4.0)
    words = []
    for event in events:
        if isinstance(event, SpeechDegraded):
            words.append(event.code)
        elif isinstance(event, SpeechRestored):
            words.append("restored")
    return pace, words


def test_in_time_nothing_is_said() -> None:
    assert told([0.8, 1.2, 1.9])[1] == []


def test_late_once_is_said_and_taken_back() -> None:
    pace, words = told([2.5, 1.5, 0.9])
    assert words == ["SPEECH_BEHIND", "restored"]
    assert not pace.hasty


def test_late_again_and_again_makes_it_hasty_until_it_has_caught_up() -> None:
    pace, words = told([2.1, 3.0, 4.0])
    assert words == ["SPEECH_BEHIND", "SPEECH_HASTY"]
    assert pace.hasty
    pace, words = told([2.1, 3.0, 4.0, 5.0, 1.5, 0.9, 0.8])
    assert pace.hasty
    assert words == ["SPEECH_BEHIND", "SPEECH_HASTY"]
    pace, words = told([2.1, 3.0, 4.0, 5.0, 1.5, 0.9, 0.8, 0.7])
    assert not pace.hasty
    assert words[-1] == "restored"


def test_its_pace_is_work_over_speech() -> None:
    events: list[SpeechEvent] = []
    pace = KeepingUp(events.append)
    pace.note(0.5, 1.0, 4.0)
    pace.note(0.5, 3.0, 4.0)
    paces = [event.rtf for event in events if isinstance(event, MachinePace)]
    assert paces == [0.25, 0.5]


def test_memory_is_that_of_this_program() -> None:
    memory = memory_mb()
    assert memory is None or memory > 10


class Both:
    """An engine that says how it read."""

    name = "both"

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        return Decoded("细读")

    def skim(self, samples: Samples, hot_words: Sequence[str] = ()) -> str:
        return "粗读"


def read_late(
    lates: Sequence[float], lighter: Callable[[], UtteranceEngine | None] | None = None
) -> tuple[list[SpeechEvent], FinalPass, list[Doubt]]:
    """One utterance after the other, each read so many seconds after its end."""
    events: list[SpeechEvent] = []
    again: list[Doubt] = []
    final = FinalPass(True, None, Both(), None, None, events.append, again.append, lighter)
    quiet = np.zeros(1600, dtype=np.int16)
    for number, late in enumerate(lates):
        stretch = Stretch(number, quiet, number, number + 0.1)
        final.read(Finished(Speaker.CALLER, stretch, None, False, time.monotonic() - late))
    return events, final, again


def heard(events: list[SpeechEvent]) -> list[str]:
    return [event.utterance.text for event in events if isinstance(event, UtteranceHeard)]


def test_late_text_is_read_quickly_for_a_while() -> None:
    events, _final, again = read_late((5.0, 5.0, 5.0, 5.0, 0.1, 0.1, 0.1, 0.1))
    assert heard(events) == ["细读"] * 3 + ["粗读"] * 4 + ["细读"]
    assert len(again) == 4


def test_what_was_read_quickly_is_read_again_when_it_has_caught_up() -> None:
    events, final, again = read_late((5.0, 5.0, 5.0, 5.0, 5.0, 5.0))
    assert again == []
    events, final, again = read_late((5.0, 5.0, 5.0, 5.0, 0.1, 0.1, 0.1))
    for doubt in again:
        final.settle(doubt)
    settled = [event.utterance for event in events if isinstance(event, UtteranceSettled)]
    quickly = [
        event.utterance
        for event in events
        if isinstance(event, UtteranceHeard) and event.utterance.text == "粗读"
    ]
    assert [said.text for said in settled] == ["细读"] * 4
    assert [said.id for said in settled] == [said.id for said in quickly]


class Small(Both):
    """A smaller engine."""

    name = "small"

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        return Decoded("小读")


def test_a_smaller_engine_reads_the_rest_of_a_call_that_is_too_much() -> None:
    asked = threading.Event()

    def lighter() -> UtteranceEngine:
        asked.set()
        return Small()

    events: list[SpeechEvent] = []
    again: list[Doubt] = []
    final = FinalPass(True, None, Both(), None, None, events.append, again.append, lighter)
    quiet = np.zeros(1600, dtype=np.int16)
    for number in range(1000):
        stretch = Stretch(number, quiet, number, number + 0.1)
        final.read(Finished(Speaker.CALLER, stretch, None, False, time.monotonic() - 3.0))
        if heard(events)[-1] == "小读":
            break
        if number > 3:
            assert asked.wait(10)
    codes = [event.code for event in events if isinstance(event, SpeechDegraded)]
    assert codes == ["SPEECH_BEHIND", "SPEECH_HASTY", "SPEECH_STEPPED_DOWN"]
    told = [event for event in events if isinstance(event, SpeechDegraded)][-1]
    assert "small" in told.message("en")
    texts = heard(events)
    assert texts[:3] == ["细读"] * 3
    assert set(texts[3:-1]) <= {"粗读"}
