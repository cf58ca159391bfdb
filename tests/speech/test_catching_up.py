"""However far recognition falls behind a live call: memory stays as it is, and nothing is lost."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sounds import KEY, ScriptedSource, blocks_of

from speech import recogniser
from speech.audio.files import FileSource
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Decoded, Samples
from speech.events import SpeechDegraded, SpeechEvent, UtteranceHeard
from speech.utterance import Speaker
from speech.waiting import IN_MEMORY

SECONDS = 90


class Held:
    """An engine that reads nothing before ``gate`` opens, and keeps a sum over the samples it gets."""

    name = "held"

    def __init__(self, gate: threading.Event | None) -> None:
        self._gate = gate
        self.sums: list[int] = []

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        if self._gate is not None:
            assert self._gate.wait(120)
        self.sums.append(int(np.abs(samples.astype(np.int64)).sum()))
        return Decoded(str(self.sums[-1]), confidence=0.9)


class HeldListening(Held):
    """A live engine that keeps its listener waiting, and tells when it has heard enough stretches."""

    def __init__(self, gate: threading.Event | None, stretches: int = 0) -> None:
        super().__init__(gate)
        self._missing = stretches
        self.heard = threading.Event()

    def stream(self, hot_words: Sequence[str] = ()) -> HeldListening:
        return self

    def feed(self, samples: Samples) -> str:
        if self._gate is not None:
            assert self._gate.wait(120)
        return ""

    def finish(self) -> Decoded:
        self._missing -= 1
        if not self._missing:
            self.heard.set()
        return Decoded("")


@pytest.fixture(scope="module")
def talk(call_audio: Path) -> list[AudioBlock]:
    """A caller who says the same for a minute and a half, with a breath in between."""
    sound = [b.samples for b in FileSource(call_audio).blocks() if b.speaker is Speaker.CALLER]
    said = np.concatenate(sound)[20 * SAMPLE_RATE : 26 * SAMPLE_RATE]
    return blocks_of(np.tile(said, SECONDS // 6))


def _heard(
    talk: list[AudioBlock],
    path: Path,
    final: Held,
    gate: threading.Event | None = None,
    listens: HeldListening | None = None,
    live: bool = True,
) -> tuple[list[SpeechEvent], float]:
    """The events of a call and the most memory (MB) that was taken until the gate opened."""
    events: list[SpeechEvent] = []
    most: list[float] = []

    def blocks() -> Iterator[AudioBlock]:
        yield from talk
        if gate is not None and listens is not None and listens._gate is None:
            assert listens.heard.wait(60)
        most.append(tracemalloc.get_traced_memory()[1] / 1e6)
        if gate is not None:
            gate.set()

    source = ScriptedSource(blocks(), (Speaker.CALLER,), live=live)
    recording = RecordingWriter(path, KEY)
    hearing = recogniser.Recogniser(source, recording, listens, final, None, None, events.append)
    tracemalloc.start()
    try:
        hearing.start()
        assert hearing.join(120)
    finally:
        tracemalloc.stop()
    return events, most[0]


def _utterances(events: list[SpeechEvent]) -> list[tuple[float, float, str]]:
    said = [event.utterance for event in events if isinstance(event, UtteranceHeard)]
    return [(utterance.start, utterance.end, utterance.heard) for utterance in said]


@pytest.fixture(scope="module")
def in_time(
    talk: list[AudioBlock], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[float, float, str]]:
    """What is heard when nothing waits."""
    path = tmp_path_factory.mktemp("calls") / "in-time.jrec"
    return _utterances(_heard(talk, path, Held(None), live=False)[0])


def _lost(events: list[SpeechEvent]) -> list[str]:
    codes = [event.code for event in events if isinstance(event, SpeechDegraded)]
    return [code for code in codes if code in ("SPEECH_OVERRUN", "SPEECH_ENGINE_FAILED")]


def test_what_waits_for_the_decoder_waits_in_the_recording(
    talk: list[AudioBlock],
    in_time: list[tuple[float, float, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recogniser, "LIVE_AHEAD", 10 * SECONDS)
    assert len(in_time) > 2 * IN_MEMORY
    gate = threading.Event()
    meter = HeldListening(None, len(in_time))
    events, most = _heard(talk, tmp_path / "late.jrec", Held(gate), gate, meter)
    late = _utterances(events)
    assert late[1:] == in_time[1:]  # the first was being read ahead of its end when it was held up
    assert late[0][:2] == in_time[0][:2]
    assert not _lost(events)
    assert most < 0.75 * SECONDS * SAMPLE_RATE * 2 / 1e6


def test_what_the_listener_could_not_take_comes_from_the_recording(
    talk: list[AudioBlock],
    in_time: list[tuple[float, float, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recogniser, "LIVE_AHEAD", 40)
    gate = threading.Event()
    path = tmp_path / "late.jrec"
    events, _most = _heard(talk, path, Held(None), gate, HeldListening(gate))
    times = [said[:2] for said in _utterances(events)]
    assert times == [said[:2] for said in in_time]
    assert not _lost(events)


def test_a_recording_that_goes_on_gives_back_what_is_in_it(
    talk: list[AudioBlock], tmp_path: Path
) -> None:
    writer = RecordingWriter(tmp_path / "call.jrec", KEY)
    for block in talk[:35]:
        writer.append(block)
    said = np.concatenate([block.samples for block in talk[:35]])
    assert writer.holds(Speaker.CALLER, 3.0)
    assert not writer.holds(Speaker.CALLER, 3.5)
    assert not writer.holds(Speaker.OPERATOR, 1.0)
    writer.flush()
    found = list(writer.written(Speaker.CALLER, 1.25, 3.5))
    assert found[0].start == 1.25
    assert np.array_equal(np.concatenate([b.samples for b in found]), said[20_000:56_000])
    writer.append(AudioBlock(Speaker.CALLER, 9.0, talk[0].samples))
    writer.close()
    after = list(writer.written(Speaker.CALLER, 3.4, 20.0))
    assert [round(b.start, 2) for b in after] == [3.4, 9.0]
    assert RecordingReader(tmp_path / "call.jrec", KEY).complete
