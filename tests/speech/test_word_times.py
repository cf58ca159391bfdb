"""Where the characters of a known text begin, in sounds whose borders are known."""

from __future__ import annotations

import numpy as np

from speech.engines.base import SAMPLE_RATE, Samples
from speech.utterance import Speaker, Utterance
from speech.word_times import character_starts, timed


def syllables(count: int, pause_after: int, pause_s: float) -> tuple[Samples, list[float]]:
    """Buzzes of changing colour and length, louder at their beginning, one pause among them."""
    chance = np.random.default_rng(7)
    pieces, starts, at = [np.zeros(1600)], [], 0.1
    for number in range(count):
        length = int(chance.uniform(0.14, 0.26) * SAMPLE_RATE)
        seconds = np.arange(length) / SAMPLE_RATE
        pitches = chance.uniform(300, 3500, 3)
        tone = sum(np.sin(2 * np.pi * pitch * seconds) for pitch in pitches)
        pieces.append(tone * np.linspace(1.0, 0.4, length))
        starts.append(at)
        at += length / SAMPLE_RATE
        if number == pause_after:
            pieces.append(np.zeros(int(pause_s * SAMPLE_RATE)))
            at += pause_s
    sound = np.concatenate([*pieces, np.zeros(1600)])
    noise = chance.normal(0, 0.01, len(sound))
    return ((sound / 4 + noise) * 20_000).astype(np.int16), starts


def test_borders_are_found_near_what_the_attention_says_and_after_a_pause() -> None:
    sound, true = syllables(20, pause_after=9, pause_s=0.6)
    blurred = np.array(true) + np.random.default_rng(3).normal(0, 0.04, len(true))
    blurred[10] = true[10] - 0.6  # attention takes the pause for a part of what follows it
    found = np.array(character_starts(sound, len(true), np.sort(blurred).tolist()))
    assert np.percentile(abs(found - true), 95) < 0.05
    assert abs(found[10] - true[10]) < 0.05


def test_without_attention_pauses_at_least_are_left_out() -> None:
    sound, true = syllables(20, pause_after=9, pause_s=1.5)
    even = np.linspace(0.1, len(sound) / SAMPLE_RATE, len(true), endpoint=False)
    found = np.array(character_starts(sound, len(true)))
    assert np.median(abs(found - true)) < np.median(abs(even - true)) / 3


def test_words_carry_their_signs_and_silence_changes_nothing() -> None:
    sound, true = syllables(4, pause_after=1, pause_s=0.3)
    said = Utterance("u", Speaker.CALLER, 5.0, 5.0 + len(sound) / SAMPLE_RATE, "你好，再见。", "", "w")
    told = timed(said, sound, lambda _samples, text: tuple(true) if text == "你好再见" else None)
    assert "".join(word.text for word in told.words) == said.text
    assert [word.text for word in told.words] == ["你", "好，", "再", "见。"]
    assert abs(told.words[2].start - 5.0 - true[2]) < 0.12  # buzzes sound like no syllable
    signs = (0.0, true[1], true[1] + 0.2, true[2], true[3], true[3] + 0.2)
    astray = (true[0], true[1], true[2] - 0.5, true[3])  # without signs it strays into what is before
    both = {"你好再见": astray, "你好，再见。": signs}
    alone = timed(said, sound, lambda _samples, text: astray if text == "你好再见" else None)
    helped = timed(said, sound, lambda _samples, text: both.get(text))
    off = [abs(one.words[2].start - 5.0 - true[2]) for one in (alone, helped)]
    assert off[1] <= off[0]
    nothing = character_starts(np.zeros(16_000, dtype=np.int16), 4)
    assert nothing == (0.0, 0.25, 0.5, 0.75)
    assert character_starts(sound, 0) == ()
