"""When each character of a known text was said, for engines that give no times of their own.

Mandarin says one syllable a character, so a text is as many stretches of sound as it has characters.
Where each begins is looked for in three steps: a recogniser's attention says about where, the sounds of
the syllables are laid along the speech near there (``speech/alignment.py``), and dynamic programming
between the two moves each border to a change of the spectrum, with syllables of like length. See
docs/adr/0116 and 0172.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resources.pinyin import syllables
from speech.alignment import align, features, mandarin, states_of
from speech.engines.base import SAMPLE_RATE, Samples
from speech.spectrum import FRAME_S, HOP, Array, mel_bands
from speech.utterance import Utterance, Word

_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 24, 100.0, 7000.0
_BESIDE = 3
"""Frames before and after a border that are compared."""
_NEAR = 25
"""A border is looked for among so many frames around what the attention says."""
_PAUSE = 5
"""Frames of quiet from which on a pause counts as one."""
_REACH = 5.0
_TRUST = 1.0
_EVEN = 3.0
_MARKED = 0.3
LATE_S = 0.018
"""Borders are found so much late on average: a change shows only when it is under way."""
Attention = Callable[[Samples, str], tuple[float, ...] | None]


def character_starts(
    samples: Samples,
    count: int,
    attention: Sequence[float] | None = None,
    sounds: Sequence[str] = (),
) -> tuple[float, ...]:
    """Seconds at which ``count`` characters begin in a stretch of speech.

    ``attention``: where a recogniser looked for each of them, as seconds, if it says so.
    ``sounds``: their syllables, if they are known.
    """
    frames = len(samples) // HOP
    if count < 1 or frames <= 2 * _BESIDE or not samples.any():
        return tuple(len(samples) / SAMPLE_RATE * n / max(1, count) for n in range(count))
    known = attention if attention is not None and len(attention) == count else ()
    spoken, change, wanted = evidence(samples, known)
    passed = np.concatenate([[0], np.cumsum(spoken)]).astype(np.float64)
    if not known:
        shares = np.searchsorted(passed[1:] / passed[-1], np.arange(count) / count + 1e-6)
        return tuple(float(frame) * FRAME_S for frame in shares)
    states = states_of(sounds) if len(sounds) == count else None
    if states:
        heard = features(samples, frames, spoken)
        laid, _ = align(states, mandarin(), heard, spoken, change, wanted)
        wanted = (wanted + laid) / 2
    found = _borders(change, passed, wanted)
    return tuple(max(0.0, float(frame) * FRAME_S - LATE_S) for frame in found)


def evidence(samples: Samples, attention: Sequence[float]) -> tuple[NDArray[np.bool_], Array, Array]:
    """The frames in which somebody speaks, how much the spectrum changes at each, and the frames where
    characters are to be expected by what a recogniser's attention says in seconds."""
    frames = len(samples) // HOP
    bands, energy = mel_bands(samples, frames, _BANDS, _LOWEST_HZ, _HIGHEST_HZ)
    spoken = _spoken(energy)
    wanted = np.clip(np.asarray(attention) / FRAME_S, 0, frames - 1)
    return spoken, _change(bands), _out_of_pauses(wanted, spoken) if len(wanted) else wanted


def _spoken(energy: Array) -> NDArray[np.bool_]:
    """Frames in which somebody speaks, widened by three on both sides."""
    low, high = np.percentile(energy, [5, 95])
    loud = energy >= low + 0.35 * (high - low)
    spoken: NDArray[np.bool_] = np.convolve(loud, np.ones(7), "same") > 0
    return spoken


def _out_of_pauses(wanted: Array, spoken: NDArray[np.bool_]) -> Array:
    """What follows a pause begins when it is over: attention takes the pause for a part of it."""
    moved = wanted.copy()
    ends = np.append(wanted[1:], len(spoken)).astype(int)
    for number, (first, last) in enumerate(zip(wanted.astype(int), ends, strict=True)):
        quiet = np.flatnonzero(~spoken[first:last])
        if len(quiet) >= _PAUSE and first + quiet[-1] + 1 < len(spoken):
            moved[number] = first + quiet[-1] + 1
    return moved


def _change(bands: Array) -> Array:
    """How much the spectrum changes at each frame; getting louder counts besides."""
    change = np.zeros(len(bands))
    for at in range(_BESIDE, len(bands) - _BESIDE):
        step = bands[at : at + _BESIDE].mean(axis=0) - bands[at - _BESIDE : at].mean(axis=0)
        change[at] = np.abs(step).mean() + max(0.0, float(step.mean()))
    scaled: Array = change / (change.std() + 1e-9)
    return scaled


def _borders(change: Array, passed: Array, wanted: Array) -> list[int]:
    """The likeliest first frames of the characters, each near what is wanted."""
    mean = max(1.0, passed[-1] / len(wanted))
    places: list[NDArray[np.int64]] = []
    sums: list[Array] = []
    backs: list[NDArray[np.int64]] = []
    for number, middle in enumerate(np.round(wanted).astype(int)):
        here = np.arange(max(0, middle - _NEAR), min(len(change), middle + _NEAR + 1))
        value = change[here] - _TRUST * ((here - wanted[number]) / _REACH) ** 2
        back = np.zeros(len(here), dtype=np.int64)
        if number:
            lasted = passed[here][:, None] - passed[places[-1]][None, :]
            even = -_EVEN * np.log(np.maximum(lasted, 0.5) / mean) ** 2
            even[here[:, None] <= places[-1][None, :]] = -np.inf
            ways = sums[-1][None, :] + even
            back = np.argmax(ways, axis=1)
            value = value + ways[np.arange(len(here)), back]
        places.append(here)
        sums.append(value)
        backs.append(back)
    at = int(np.argmax(sums[-1]))
    found = []
    for here, back in zip(reversed(places), reversed(backs), strict=True):
        found.append(int(here[at]))
        at = int(back[at])
    return found[::-1]


def expected(attention: Attention, samples: Samples, text: str) -> Sequence[float] | None:
    """Where the attention is for each letter: without signs it strays far at some pauses, with them it
    is less sharp, but rarely far off. So what it says with signs counts a little."""
    letters = [number for number, sign in enumerate(text) if sign.isalnum()]
    plain = attention(samples, "".join(text[number] for number in letters))
    marked = attention(samples, text) if len(letters) < len(text) else None
    if plain is None or marked is None or len(marked) != len(text):
        return plain
    both = zip(plain, (marked[number] for number in letters), strict=True)
    return [one + _MARKED * (other - one) for one, other in both]


def timed(said: Utterance, samples: Samples, attention: Attention | None) -> Utterance:
    """An utterance with a word for each character, timed by its sound; signs go with what is before."""
    letters = [number for number, sign in enumerate(said.text) if sign.isalnum()]
    if not letters:
        return said
    text = "".join(said.text[number] for number in letters)
    seen = expected(attention, samples, said.text) if attention is not None else None
    found = character_starts(samples, len(text), seen, syllables(text))
    starts = [said.start + one for one in found]
    words, edges = [], [0, *letters[1:], len(said.text)]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else said.end
        piece = said.text[edges[number] : edges[number + 1]]
        words.append(Word(piece, start, max(start, end)))
    return replace(said, words=tuple(words))
