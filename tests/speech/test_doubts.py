"""A live call shows text at once and settles a telephone number afterwards; a file settles it first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sounds import ScriptedSource

from speech.audio.files import FileSource
from speech.dictated import settle
from speech.engines.base import Decoded, Samples
from speech.events import SpeechDegraded, SpeechEvent, UtteranceHeard, UtteranceSettled
from speech.recogniser import Recogniser
from speech.utterance import Speaker, Utterance

NUMBER = "13800138001"


class Dictating:
    """An engine that hears one telephone number in everything, and gives the readings it is told to."""

    name = "dictating"

    def __init__(self, again: Callable[[], tuple[str, ...]]) -> None:
        self._again = again

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        return Decoded(f"电话是{NUMBER}麻烦尽快")

    def reread(self, samples: Samples) -> tuple[str, ...]:
        return self._again()


@pytest.fixture(scope="module")
def spoken(call_audio) -> list:
    """One turn of the caller, and quiet before and after it."""
    blocks = [block for block in FileSource(call_audio).blocks() if block.speaker is Speaker.CALLER]
    return [block for block in blocks if 5.0 < block.start < 18.0]


def comma(utterance: Utterance) -> Utterance:
    """A repair of some kind."""
    return replace(utterance, text=utterance.text.replace("麻烦", "，麻烦"))


def hear(engine: Dictating, blocks: list, live: bool) -> list[SpeechEvent]:
    events: list[SpeechEvent] = []
    source = ScriptedSource(blocks, (Speaker.CALLER,), live=live)
    recogniser = Recogniser(source, None, None, engine, comma, None, events.append)
    recogniser.start()
    assert recogniser.join(60)
    return [event for event in events if isinstance(event, UtteranceHeard | UtteranceSettled)]


def test_text_does_not_wait_for_its_number(spoken: list) -> None:
    asked = threading.Event()

    def again() -> tuple[str, ...]:
        asked.set()
        return (NUMBER,)

    first, *others = hear(Dictating(again), spoken, live=True)
    assert isinstance(first, UtteranceHeard)
    assert asked.is_set()
    assert first.utterance.text == f"电话是{NUMBER}…，麻烦尽快"
    settled = next(event for event in others if isinstance(event, UtteranceSettled))
    assert settled.utterance == replace(first.utterance, text=f"电话是{NUMBER}，麻烦尽快")


def test_a_number_that_stays_doubtful_is_not_told_again(spoken: list) -> None:
    events = hear(Dictating(lambda: ("13800138011",)), spoken, live=True)
    assert events
    assert all(isinstance(event, UtteranceHeard) for event in events)
    assert all("…" in event.utterance.text for event in events)


def test_a_file_is_settled_before_it_is_told(spoken: list) -> None:
    events = hear(Dictating(lambda: (NUMBER,)), spoken, live=False)
    assert events
    assert {type(event) for event in events} == {UtteranceHeard}
    assert all(event.utterance.text == f"电话是{NUMBER}，麻烦尽快" for event in events)


def test_an_engine_that_fails_at_it_leaves_the_mark(spoken: list) -> None:
    def again() -> tuple[str, ...]:
        raise RuntimeError("no memory")

    events: list[SpeechEvent] = []
    source = ScriptedSource(spoken, (Speaker.CALLER,), live=True)
    recogniser = Recogniser(source, None, None, Dictating(again), None, None, events.append)
    recogniser.start()
    assert recogniser.join(60)
    assert [event.code for event in events if isinstance(event, SpeechDegraded)].count(
        "SPEECH_ENGINE_FAILED"
    ) == 1
    heard = [event.utterance.text for event in events if isinstance(event, UtteranceHeard)]
    assert heard
    assert all("…" in text for text in heard)


def test_a_marked_text_can_be_settled() -> None:
    marked = settle(f"电话是{NUMBER} 麻烦", tuple)
    assert marked == f"电话是{NUMBER}… 麻烦"
    assert settle(marked, lambda: [NUMBER]) == f"电话是{NUMBER} 麻烦"
    assert settle(marked, lambda: ["13800138011"]) == marked
