"""From whatever a file or device delivers to mono int16 at 16 kHz, in a stream."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from speech.engines.base import SAMPLE_RATE, Samples

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000


class Converter:
    """Streaming change of sample rate for ``channels`` channels.

    The output follows the input without drift: n seconds in are n seconds out after the last block.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._stream = (
            None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, channels, "float32")
        )

    def convert(self, frames: NDArray[np.float32], last: bool = False) -> Samples:
        """Frames of shape ``(n, channels)`` in -1 … 1 to int16 of shape ``(m, channels)``.

        ``last`` flushes what the filter still holds. Values that are no numbers become silence,
        too loud ones are clipped.
        """
        if not np.isfinite(frames).all():
            frames = np.nan_to_num(frames, nan=0.0, posinf=1.0, neginf=-1.0)
        if self._stream is not None:
            frames = self._stream.resample_chunk(np.clip(frames, -1.0, 1.0), last=last)
        samples: Samples = np.clip(np.rint(frames * 32768.0), -32768, 32767).astype(np.int16)
        return samples
