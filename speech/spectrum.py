"""The spectrum of speech in frames of 10 ms, in bands along the mel scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speech.engines.base import SAMPLE_RATE, Samples

Array = NDArray[np.float64]
HOP = SAMPLE_RATE // 100
FRAME_S = HOP / SAMPLE_RATE
_WINDOW, _FFT = 400, 512
_LEAST = 1e-5


def mel_bands(
    samples: Samples, frames: int, bands: int, lowest_hz: float, highest_hz: float
) -> tuple[Array, Array]:
    """Logarithms of the energy in each band, and of all of it: frames x bands, and frames."""
    padded = np.pad(samples.astype(np.float64) / 32768.0, (_WINDOW // 2, _WINDOW + HOP))
    cut = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][:frames]
    power = np.abs(np.fft.rfft(cut * np.hanning(_WINDOW), _FFT)) ** 2
    bins = np.arange(_FFT // 2 + 1)
    mel = 2595 * np.log10(1 + bins * SAMPLE_RATE / _FFT / 700)
    ends = 2595 * np.log10(1 + np.array([lowest_hz, highest_hz]) / 700)
    edges = np.interp(np.linspace(ends[0], ends[1], bands + 2), mel, bins)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))
    return np.log(power @ filters.T + _LEAST), np.log(power.sum(axis=1) + _LEAST)
