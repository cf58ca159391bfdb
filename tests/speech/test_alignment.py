"""Syllables laid along their sound: borders are found, pauses left out, nothing is guessed."""

from __future__ import annotations

import numpy as np
import pytest

from resources.loader import resource_path
from resources.pinyin import syllables
from speech.alignment import align, features, mandarin, states_of
from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE
from speech.spectrum import HOP
from speech.utterance import Speaker
from speech.word_times import character_starts, evidence

GREETING = "您好北京市一二三四五市民服务热线请问有什么可以帮您"


def test_states_follow_the_syllables() -> None:
    states = states_of(syllables("望京8号"))
    assert states is not None
    assert [one.syllable for one in states if one.first] == [0, 1, 2, 3]
    assert [one.name for one in states if one.syllable == 1] == [
        "j.0",
        "j.1",
        "ing:0",
        "ing:1",
        "ing:2",
    ]
    assert states_of(syllables("望A京")) is None
    assert {one.name for one in states} <= mandarin().keys()


def test_sounds_that_were_drawn_from_the_states_are_found_again() -> None:
    states = states_of(("ni", "hao", "shi", "min"))
    assert states is not None
    dice, sounds = np.random.default_rng(5), mandarin()
    true, path, frames = [], [], []
    for number in range(4):
        if number == 2:
            frames.append(dice.normal(0, 1, (30, 26)))  # a pause, told by its energy alone
            path += [-1] * 30
        true.append(len(path))
        for at, state in enumerate(states):
            if state.syllable == number:
                sound = sounds[state.name]
                length = int(dice.integers(4, 9))
                frames.append(dice.normal(sound.mean, 1 / np.sqrt(sound.precision), (length, 26)))
                path += [at] * length
    spoken = np.array(path) >= 0
    shifted = np.array(true) + dice.normal(0, 6, 4)
    starts, found = align(
        states, sounds, np.vstack(frames), spoken, np.zeros(len(path)), np.clip(shifted, 0, None)
    )
    assert abs(starts - true).max() <= 2
    assert (found == np.array(path)).mean() > 0.9


@pytest.mark.parametrize("length", [0, 3, 40])
def test_speech_too_short_for_its_text_ends_all_the_same(length: int) -> None:
    sound = np.random.default_rng(1).normal(0, 3000, length * HOP).astype(np.int16)
    found = character_starts(sound, 30, [0.0] * 30, syllables("好" * 30))
    assert len(found) == 30
    assert all(0 <= one <= length / 100 for one in found)


def test_a_real_sentence_is_laid_out_better_than_by_its_length() -> None:
    """Where a sentence says the same twice, both are told apart: 市 stands in it three times."""
    blocks = FileSource(resource_path("calls", "01-water-outage.flac"), None).blocks()
    own = np.concatenate([one.samples for one in blocks if one.speaker is Speaker.OPERATOR])
    samples = own[: round(5.4 * SAMPLE_RATE)]
    even = np.linspace(0.05, 5.2, len(GREETING), endpoint=False)
    spoken, change, wanted = evidence(samples, even.tolist())
    states = states_of(syllables(GREETING))
    assert states is not None
    heard = features(samples, len(samples) // HOP, spoken)
    starts, path = align(states, mandarin(), heard, spoken, change, wanted)
    assert (np.diff(starts) >= 3).all()
    pause = np.flatnonzero((path[:-1] >= 0) & (path[1:] < 0))  # 您好，北京市…
    assert len(pause) >= 2
    assert (path >= 0).mean() > 0.6
