"""A machine that falls behind says so, reads hastily for a while, and goes back to reading well."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from speech.engines.base import Decoded, Samples
from speech.events import MachinePace, SpeechDegraded, SpeechEvent, SpeechRestored, UtteranceHeard
from speech.keeping_up import KeepingUp, memory_mb
from speech.passes import FinalPass
from speech.utterance import Speaker
from speech.vad import Stretch
from speech.waiting import Finished


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


def test_late_text_is_read_quickly_for_a_while() -> None:
    events: list[SpeechEvent] = []
    final = FinalPass(True, None, Both(), None, None, events.append, lambda doubt: None)
    quiet = np.zeros(1600, dtype=np.int16)
    for number, late in enumerate((5.0, 5.0, 5.0, 5.0, 0.1, 0.1, 0.1, 0.1)):
        stretch = Stretch(number, quiet, number, number + 0.1)
        final.read(Finished(Speaker.CALLER, stretch, None, False, time.monotonic() - late))
    heard = [event.utterance.text for event in events if isinstance(event, UtteranceHeard)]
    assert heard == ["细读"] * 3 + ["粗读"] * 4 + ["细读"]
