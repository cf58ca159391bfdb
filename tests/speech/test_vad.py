"""Where somebody speaks: no syllable lost, nothing found in sounds that are no speech."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sounds import noise, ring_back, tone

from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE, Samples
from speech.utterance import Speaker
from speech.vad import Lull, Stretch, Voice, VoiceDetector, VoiceLimits


def follow(
    samples: Samples, block: int = 1600, limits: VoiceLimits | None = None
) -> list[Voice | Lull | Stretch]:
    detector = VoiceDetector(limits)
    found: list[Voice | Lull | Stretch] = []
    for at in range(0, len(samples), block):
        found += detector.feed(samples[at : at + block])
    return found + detector.finish()


def stretches(found: list[Voice | Lull | Stretch]) -> list[Stretch]:
    return [item for item in found if isinstance(item, Stretch)]


@pytest.fixture(scope="module")
def sides(call_audio: Path) -> dict[Speaker, Samples]:
    blocks = list(FileSource(call_audio).blocks())
    return {s: np.concatenate([b.samples for b in blocks if b.speaker is s]) for s in Speaker}


@pytest.fixture(scope="module")
def turns(call_audio: Path) -> list[dict]:
    return json.loads(call_audio.with_suffix(".json").read_text(encoding="utf-8"))["turns"]


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(10 * SAMPLE_RATE, dtype=np.int16),
        noise(10, 0.002),
        noise(10, 0.05),
        tone(10),
        tone(10, 1000, 0.9),
        ring_back(10),
    ],
    ids=["silence", "line noise", "loud noise", "tone", "loud tone", "ring-back"],
)
def test_nobody_speaks_in_noise(sound: Samples) -> None:
    assert follow(sound) == []


def test_every_turn_of_a_call_is_covered(sides: dict, turns: list[dict]) -> None:
    for speaker, samples in sides.items():
        found = stretches(follow(samples))
        for turn in turns:
            if turn["speaker"] != speaker:
                continue
            inside = [s for s in found if s.speech_end > turn["start"] and s.speech_start < turn["end"]]
            assert min(s.start for s in inside) <= turn["start"] + 0.15
            last = max(inside, key=lambda s: s.speech_end)
            assert last.start + len(last.samples) / SAMPLE_RATE >= turn["end"] - 0.05


def test_silence_between_turns_is_left_out(sides: dict, turns: list[dict]) -> None:
    for speaker, samples in sides.items():
        spoken = sum(turn["end"] - turn["start"] for turn in turns if turn["speaker"] == speaker)
        given = sum(len(s.samples) for s in stretches(follow(samples))) / SAMPLE_RATE
        assert given < spoken * 1.4


@pytest.mark.parametrize("block", [160, 777, 3200, 48_000])
def test_the_size_of_the_blocks_changes_nothing(sides: dict, block: int) -> None:
    samples = sides[Speaker.CALLER][: 18 * SAMPLE_RATE]
    expected, found = stretches(follow(samples)), stretches(follow(samples, block))
    assert [(s.start, len(s.samples)) for s in found] == [(s.start, len(s.samples)) for s in expected]


def test_the_samples_are_those_of_the_call(sides: dict) -> None:
    samples = sides[Speaker.OPERATOR]
    for stretch in stretches(follow(samples)):
        at = round(stretch.start * SAMPLE_RATE)
        assert (stretch.samples == samples[at : at + len(stretch.samples)]).all()
        assert stretch.start <= stretch.speech_start < stretch.speech_end


def test_live_pieces_join_to_the_whole_stretch(sides: dict) -> None:
    pieces: list[Voice] = []
    for item in follow(sides[Speaker.CALLER]):
        if isinstance(item, Lull):
            continue
        if isinstance(item, Voice):
            pieces.append(item)
            continue
        joined = np.concatenate([piece.samples for piece in pieces])
        assert pieces[0].start == item.start
        assert len(joined) >= len(item.samples)
        assert (joined[: len(item.samples)] == item.samples).all()
        pieces = []
    assert pieces == []


def test_somebody_who_never_pauses_is_cut_without_loss(sides: dict) -> None:
    limits = VoiceLimits(longest=3.0, cut_window=1.5)
    samples = sides[Speaker.CALLER][6 * SAMPLE_RATE : 17 * SAMPLE_RATE]
    found = stretches(follow(samples, limits=limits))
    assert any(stretch.cut for stretch in found)
    assert all(len(stretch.samples) <= 3.2 * SAMPLE_RATE for stretch in found)
    for before, after in pairwise(found):
        ended = before.start + len(before.samples) / SAMPLE_RATE
        assert after.start == pytest.approx(ended) if before.cut else after.start >= ended
    whole = stretches(follow(samples))
    assert found[0].start == whole[0].start
    assert found[-1].speech_end == pytest.approx(whole[-1].speech_end, abs=0.3)


def test_a_word_at_the_very_end_is_flushed(sides: dict) -> None:
    samples = sides[Speaker.CALLER][: 12 * SAMPLE_RATE]
    last = stretches(follow(samples))[-1]
    assert last.start * SAMPLE_RATE + len(last.samples) == pytest.approx(len(samples), abs=512)


def test_after_a_reset_times_go_on_where_told(sides: dict) -> None:
    samples = sides[Speaker.CALLER][6 * SAMPLE_RATE : 9 * SAMPLE_RATE]
    detector = VoiceDetector()
    detector.feed(samples)
    [*_pieces, first] = detector.finish()
    detector.reset(100.0)
    detector.feed(samples)
    [*_pieces, again] = detector.finish()
    assert isinstance(first, Stretch)
    assert isinstance(again, Stretch)
    assert again.start == pytest.approx(first.start + 100.0)
    assert (again.samples == first.samples).all()


def test_the_end_is_foreseen_at_the_first_quiet(sides: dict) -> None:
    found = [item for item in follow(sides[Speaker.CALLER]) if not isinstance(item, Voice)]
    finished = [item for item in found if isinstance(item, Stretch)]
    for stretch in finished[:-1]:
        [foreseen] = [
            item.stretch
            for item in found
            if isinstance(item, Lull) and item.stretch.speech_end == stretch.speech_end
        ]
        assert foreseen.start == stretch.start
        assert foreseen.speech_start == stretch.speech_start
        assert len(foreseen.samples) == pytest.approx(len(stretch.samples), abs=0.2 * SAMPLE_RATE)
