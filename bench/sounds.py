"""Sounds of a line on which nobody speaks, made by the program: int16 at 16 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speech.engines.base import SAMPLE_RATE, Samples

_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
_BEAT_S = 0.4


def silence(seconds: float) -> Samples:
    """No sound at all."""
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.int16)


def line_noise(seconds: float) -> Samples:
    """Hiss of the telephone band, mains hum and now and then a crackle."""
    chance = np.random.default_rng(1)
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(chance.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    sound = 0.01 * np.fft.irfft(spectrum, count)
    sound += 0.004 * np.sin(2 * np.pi * 50 * np.arange(count) / SAMPLE_RATE)
    for at in chance.integers(0, count - 80, count // (2 * SAMPLE_RATE)):
        sound[at : at + 80] += 0.2 * chance.standard_normal(80) * np.exp(-np.arange(80) / 15)
    return _int16(sound)


def ring_back(seconds: float) -> Samples:
    """The Chinese ring-back tone: 450 Hz, one second on, four off."""
    at = np.arange(round(seconds * SAMPLE_RATE))
    on = at // SAMPLE_RATE % 5 == 0
    return _int16(0.3 * np.sin(2 * np.pi * 450 * at / SAMPLE_RATE) * on)


def music(seconds: float) -> Samples:
    """What a queue plays: a tune with overtones and vibrato over chords, bass and a beat."""
    chance = np.random.default_rng(2)
    count = round(seconds * SAMPLE_RATE)
    sound = np.zeros(count + SAMPLE_RATE)
    step = 0
    while (begin := round(step * _BEAT_S * SAMPLE_RATE)) < count:
        chord = _CHORDS[step // 8 % len(_CHORDS)]
        if step % 2 == 0 or chance.random() < 0.5:
            length = _BEAT_S * float(chance.choice([0.9, 1.8]))
            _add(sound, begin, _note(72 + int(chance.choice(_SCALE)), length, 0.16))
        if step % 8 == 0:
            for tone in chord:
                _add(sound, begin, _note(60 + tone, 8 * _BEAT_S, 0.05))
        if step % 2 == 0:
            _add(sound, begin, _note(36 + chord[0], _BEAT_S, 0.12))
        drum = chance.standard_normal(1600) * np.exp(-np.arange(1600) / 250)
        _add(sound, begin, (0.06 if step % 4 == 2 else 0.02) * drum)
        step += 1
    return _int16(sound[:count])


def _note(key: int, seconds: float, level: float) -> NDArray[np.float64]:
    """A plucked tone; ``key`` as on a keyboard, 69 = 440 Hz."""
    at = np.arange(round(min(seconds, 0.95) * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 440 * 2 ** ((key - 69) / 12) * (1 + 0.004 * np.sin(2 * np.pi * 5.5 * at))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    tone = sum(np.sin(n * phase) / n**1.5 for n in range(1, 7))
    shape = np.minimum(1, at / 0.02) * np.exp(-2.0 * at) * np.minimum(1, (at[-1] - at) / 0.03)
    return np.asarray(level * tone * shape)


def _add(sound: NDArray[np.float64], begin: int, piece: NDArray[np.float64]) -> None:
    end = min(len(sound), begin + len(piece))
    sound[begin:end] += piece[: end - begin]


def _int16(sound: NDArray[np.float64]) -> Samples:
    samples: Samples = np.clip(np.rint(sound * 32767), -32768, 32767).astype(np.int16)
    return samples


QUIET = {"silence": silence, "line_noise": line_noise, "ring_back": ring_back, "music": music}
"""Sounds by name that must give no text."""
