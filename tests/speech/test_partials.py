"""Partial text from an engine that reads whole utterances only, and the decoder's order of work."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from sounds import ScriptedSource, blocks_of, silence

from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE, Decoded, Samples
from speech.events import PartialHeard, SpeechEvent, UtteranceHeard
from speech.partials import Partials
from speech.recogniser import Recogniser
from speech.utterance import Speaker, Utterance
from speech.vad import Stretch
from speech.waiting import Doubt, Finished, Sketch, Waiting

QUIET = np.zeros(1600, dtype=np.int16)


def sketch(speaker: Speaker = Speaker.CALLER, start: float = 0.0, lull: bool = False) -> Sketch:
    return Sketch(speaker, Stretch(start, QUIET, start, start + 0.1), lull)


def finished(speaker: Speaker = Speaker.CALLER, start: float = 0.0) -> Finished:
    return Finished(speaker, Stretch(start, QUIET, start, start + 0.1), None, False, 0.0)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def shown_for(readings: Sequence[str]) -> list[str]:
    told: list[PartialHeard] = []
    partials = Partials(told.append)
    for reading in readings:
        partials.note(sketch(), reading)
    return [event.text for event in told]


def test_only_what_two_readings_agree_on_is_shown() -> None:
    assert shown_for(["我要投", "我要投诉供", "我要投诉供暖的"]) == ["我要投", "我要投诉供"]


def test_script_and_marks_are_no_disagreement() -> None:
    assert shown_for(["您好,北京市", "您好 北京市,市民"]) == ["您好北京市"]
    assert shown_for(["請問有什麼", "请问有什么可以"]) == ["请问有什么"]


@pytest.mark.parametrize(
    "readings",
    [
        ["今天", "今天我", "明天我去", "明天我去那里", "今天我去那里", "今天我去那里问"],
        ["一二三", "一二三", "", "", "一二三四", "一二三四"],
        ["", "", "好", "好的", "不", "不是"],
    ],
)
def test_shown_text_only_grows(readings: list[str]) -> None:
    shown = shown_for(readings)
    assert shown
    assert all(after.startswith(before) for before, after in pairwise(shown))


def test_a_slow_machine_gets_its_rest() -> None:
    clock, asked = Clock(), []
    partials = Partials(lambda event: None, clock)

    def skim(seconds: float) -> str:
        asked.append(clock.now)
        clock.now += seconds
        return "好"

    for _ in range(100):
        partials.grow(sketch(), lambda: skim(0.5))
        clock.now += 0.1
    assert len(asked) == pytest.approx((clock.now + 0.5) / 1.1, abs=1)  # half of the time at most
    del asked[:]
    begun = clock.now
    for _ in range(200):
        partials.grow(sketch(), lambda: skim(2.0))
        clock.now += 0.1
    assert len(asked) * 2.0 <= 0.25 * (clock.now - begun)


def test_the_next_stretch_starts_with_nothing_shown() -> None:
    told: list[PartialHeard] = []
    partials = Partials(told.append)
    for text in ("好的", "好的"):
        partials.note(sketch(), text)
    assert partials.end(Speaker.CALLER)
    assert not partials.end(Speaker.CALLER)
    partials.note(sketch(start=9.0), "好的谢谢")
    assert [event.text for event in told] == ["好的"]
    partials.note(sketch(start=9.0), "好的谢谢")
    assert (told[-1].start, told[-1].text) == (9.0, "好的谢谢")


def test_finished_stretches_come_first_and_make_sketches_pointless() -> None:
    waiting = Waiting(0)
    waiting.sketch(sketch(Speaker.CALLER))
    waiting.sketch(sketch(Speaker.OPERATOR))
    newest = sketch(Speaker.OPERATOR, start=1.0)
    waiting.sketch(newest)
    first, second = finished(start=0.0), finished(start=2.0)
    waiting.put(first)
    waiting.put(second)
    assert waiting.take() is first
    assert waiting.take() is second
    assert waiting.take() is newest
    waiting.sketch(sketch())
    waiting.close()
    assert waiting.take() is None


def test_what_may_have_ended_is_read_before_what_goes_on() -> None:
    waiting = Waiting(0)
    waiting.sketch(sketch(Speaker.OPERATOR))
    over = sketch(Speaker.CALLER, lull=True)
    waiting.sketch(over)
    assert waiting.take() is over


def test_a_doubtful_number_is_looked_at_when_nobody_waits_for_text() -> None:
    waiting = Waiting(0)
    said = Utterance("u", Speaker.CALLER, 0.0, 1.0, "电话13800138001…", "", "test")
    doubt = Doubt(said, finished())
    waiting.doubt(doubt)
    goes_on, over, whole = sketch(Speaker.OPERATOR), sketch(lull=True), finished(Speaker.OPERATOR)
    waiting.sketch(over)
    waiting.put(whole)
    waiting.sketch(goes_on)
    waiting.doubt(doubt)
    assert [waiting.take() for _ in range(4)] == [whole, over, doubt, doubt]
    waiting.doubt(doubt)
    waiting.close()
    assert waiting.take() is doubt
    assert waiting.take() is None


class Skimming:
    """An engine that reads each half second as one character; ``decodes`` counts whole readings."""

    name = "skimming"

    def __init__(self) -> None:
        self.decodes = 0
        self.skims = 0

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        self.decodes += 1
        return Decoded(self._text(samples) + "完")

    def skim(self, samples: Samples, hot_words: Sequence[str] = ()) -> str:
        self.skims += 1
        return self._text(samples)

    def _text(self, samples: Samples) -> str:
        count = len(samples) // (SAMPLE_RATE // 2)
        return "".join(chr(0x4E00 + number) for number in range(count))


class Paced(ScriptedSource):
    """Live: the next block comes when the decoder has had time for the last one."""

    def __init__(self, blocks: list, seconds: float) -> None:
        super().__init__(blocks, (Speaker.CALLER,), live=True)
        self._seconds = seconds

    def blocks(self):
        clock = threading.Event()
        for block in super().blocks():
            clock.wait(self._seconds)
            yield block


@pytest.fixture(scope="module")
def spoken_sound(call_audio) -> Samples:
    """One turn of the caller, 10 s, and the quiet after it."""
    caller = [b.samples for b in FileSource(call_audio).blocks() if b.speaker is Speaker.CALLER]
    whole = np.concatenate(caller)
    return np.concatenate([whole[int(5.5 * SAMPLE_RATE) : int(16.8 * SAMPLE_RATE)], silence(1.5)])


def heard_of(source: ScriptedSource, engine: Skimming) -> list[SpeechEvent]:
    events: list[SpeechEvent] = []
    recogniser = Recogniser(source, None, None, engine, None, None, events.append)
    recogniser.start()
    assert recogniser.join(60)
    return events


def test_a_live_call_shows_growing_text_without_a_live_engine(spoken_sound: Samples) -> None:
    engine = Skimming()
    events = heard_of(Paced(blocks_of(spoken_sound), 0.005), engine)
    partials = [event for event in events if isinstance(event, PartialHeard)]
    finals = [event for event in events if isinstance(event, UtteranceHeard)]
    assert partials
    assert finals
    first = events.index(finals[0])
    texts = [e.text for e in partials if events.index(e) < first]
    assert texts
    assert all(after.startswith(before) for before, after in pairwise(texts))
    assert all(event.utterance.text.endswith("完") for event in finals)
    assert all(e.start <= finals[0].utterance.start for e in partials[: len(texts)])


def test_a_stretch_that_was_read_ahead_is_not_read_again(spoken_sound: Samples) -> None:
    engine = Skimming()
    events = heard_of(Paced(blocks_of(spoken_sound), 0.005), engine)
    finals = [event for event in events if isinstance(event, UtteranceHeard)]
    lulls = 6  # pauses inside the turn that were no end
    assert len(finals) <= engine.decodes <= len(finals) + lulls


def test_a_file_is_read_once_and_shows_nothing_between(spoken_sound: Samples) -> None:
    engine = Skimming()
    events = heard_of(ScriptedSource(blocks_of(spoken_sound), (Speaker.CALLER,)), engine)
    assert not [event for event in events if isinstance(event, PartialHeard)]
    finals = [event for event in events if isinstance(event, UtteranceHeard)]
    assert engine.skims == 0
    assert engine.decodes == len(finals)
