"""Forced alignment of Mandarin: how initials and finals sound, laid along a stretch of speech.

Two states for an initial, three for a final, one Gaussian each over mel cepstra and their slopes,
whatever the tone; quiet is told by its energy. The best path through the states of the known syllables
says where each begins. ``tools/learn_sounds.py`` learns the Gaussians
(``resources/sounds/mandarin.npz``); docs/adr/0172 says what they are worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from resources.loader import resource_path
from speech.engines.base import Samples
from speech.repair.syllables import initial_and_final
from speech.spectrum import Array, mel_bands

CEPSTRA = 13
_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 24, 100.0, 3700.0
"""What a telephone line carries."""
_SLOPE = 1.5
_SURE = 0.1
"""What the likelihood of a frame counts for: neighbouring frames say nearly the same."""
_QUIET = 6.0 * _SURE
_INTO_QUIET = -3.0
_PRIOR, _FREE, _REACH, _FARTHEST = 0.3, 3.0, 5.0, 50.0
"""Distance from what was expected costs, but for some frames, and no more than so much."""
_NEVER = -1e30
Quiet = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class State:
    """A part of a syllable's initial or final; ``first`` where the syllable begins."""

    name: str
    syllable: int
    first: bool


@dataclass(frozen=True, slots=True)
class Gaussian:
    """How a state sounds: means, inverse variances, and the logarithm of its greatest density."""

    mean: Array
    precision: Array
    height: float

    @classmethod
    def of(cls, mean: Array, variance: Array) -> Gaussian:
        """From means and variances."""
        return cls(mean, 1 / variance, float(-0.5 * np.log(2 * np.pi * variance).sum()))

    def density(self, frames: Array) -> Array:
        """The logarithm of the density of each frame."""
        found: Array = self.height - 0.5 * (((frames - self.mean) ** 2) * self.precision).sum(axis=1)
        return found


Sounds = Mapping[str, Gaussian]


@cache
def mandarin() -> Sounds:
    """The sounds that come with the program."""
    with np.load(resource_path("sounds", "mandarin.npz"), allow_pickle=False) as kept:
        names, means, variances = kept["names"], kept["means"], kept["variances"]
    pairs = zip(means.astype(np.float64), variances.astype(np.float64), strict=True)
    return {
        str(name): Gaussian.of(mean, variance)
        for name, (mean, variance) in zip(names, pairs, strict=True)
    }


def states_of(syllables: Iterable[str]) -> tuple[State, ...] | None:
    """The states of toneless syllables in order; ``None`` where one is no Mandarin syllable."""
    states: list[State] = []
    for number, syllable in enumerate(syllables):
        if (parts := initial_and_final(syllable)) is None:
            return None
        initial, final = parts
        names = [f"{initial}.{n}" for n in range(2) if initial != "-"]
        names += [f"{final}:{n}" for n in range(3)]
        states += [State(name, number, at == 0) for at, name in enumerate(names)]
    return tuple(states)


def features(samples: Samples, frames: int, spoken: Quiet) -> Array:
    """Mel cepstra of every frame, freed of line and loudness, and how they change."""
    bands, _ = mel_bands(samples, frames, _BANDS, _LOWEST_HZ, _HIGHEST_HZ)
    cepstra = np.asarray(dct(bands, norm="ortho", axis=1)[:, :CEPSTRA])
    voice = cepstra[spoken] if spoken.any() else cepstra
    cepstra = (cepstra - voice.mean(axis=0)) / (voice.std(axis=0) + 1e-3)
    wide = np.pad(cepstra, ((2, 2), (0, 0)), "edge")
    slope = (wide[3:-1] - wide[1:-3]) * 0.5 + (wide[4:] - wide[:-4]) * 0.25
    return np.hstack([cepstra, slope * _SLOPE])


def align(
    states: Sequence[State],
    sounds: Sounds,
    frames: Array,
    spoken: Quiet,
    change: Array,
    wanted: Array,
) -> tuple[Array, NDArray[np.int64]]:
    """The first frame of each syllable, and the state of each frame (-1 = quiet).

    ``change``: what speaks for a border at a frame; ``wanted``: where each syllable is expected.
    """
    log_density = np.stack([_known(sounds, one.name).density(frames) for one in states], axis=1)
    quiet = (log_density.max(axis=1) * _SURE) + np.where(spoken, -_QUIET, _QUIET)
    first = np.array([number for number, one in enumerate(states) if one.first])
    far = np.maximum(0, np.abs(np.arange(len(frames))[:, None] - wanted[None, :]) - _FREE) / _REACH
    border = change[:, None] - _PRIOR * np.minimum(far**2, _FARTHEST)
    back, out_of_quiet = _forward(log_density * _SURE, quiet, border, first)
    return _backward(back, out_of_quiet, first, states)


def _known(sounds: Sounds, name: str) -> Gaussian:
    """A rare sound that nobody learned is taken for one that ends like it."""
    if name in sounds:
        return sounds[name]
    return min(
        (sound for other, sound in sounds.items() if other[-2:] == name[-2:]),
        key=lambda sound: float(np.abs(sound.mean).sum()),
    )


def _forward(
    density: Array, quiet: Array, border: Array, first: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Where the best path into each state came from, frame by frame: 0 = stayed, 1 = the state before,
    2 = quiet; and for quiet before each syllable and after the last, whether it began there."""
    frames, count = density.shape
    last = np.append(first[1:], count) - 1
    back = np.zeros((frames, count), dtype=np.int8)
    begun = np.zeros((frames, len(first) + 1), dtype=np.bool_)
    inside, silent = np.full(count, _NEVER), np.full(len(first) + 1, _NEVER)
    inside[0], silent[0] = density[0, 0], quiet[0]
    ways = np.full((3, count), _NEVER)
    into = np.full(len(first) + 1, _NEVER)
    for at in range(1, frames):
        ways[0], ways[1, 1:] = inside, inside[:-1]
        ways[1, first[1:]] += border[at, 1:]
        ways[2, first] = silent[:-1] + border[at]
        into[1:] = inside[last] + _INTO_QUIET
        back[at] = ways.argmax(axis=0)
        begun[at] = into > silent
        inside = ways.max(axis=0) + density[at]
        silent = np.maximum(into, silent) + quiet[at]
    if silent[-1] > inside[-1]:
        back[0, -1] = 2  # the path ends in quiet
    return back, begun


def _backward(
    back: NDArray[np.int8], begun: NDArray[np.bool_], first: NDArray[np.int64], states: Sequence[State]
) -> tuple[Array, NDArray[np.int64]]:
    starts, path = np.zeros(len(first)), np.full(len(back), -1)
    state, pause = len(states) - 1, -1
    if back[0, -1] == 2:
        pause = len(first)
    for at in range(len(back) - 1, 0, -1):
        if pause >= 0:
            if begun[at, pause]:
                state, pause = (first[pause] if pause < len(first) else len(states)) - 1, -1
            continue
        path[at] = state
        came = back[at, state]
        if came and states[state].first:
            starts[states[state].syllable] = at
        if came == 1:
            state -= 1
        elif came == 2:
            pause = states[state].syllable
    if pause < 0:
        path[0] = state
    return starts, path
