"""Play a stretch of a recording through the default sound output."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import soxr

from resources.errors import UserError
from speech.audio.portaudio import close_stream, open_stream, steady_devices
from speech.engines.base import SAMPLE_RATE, Samples


class Player:
    """Plays one stretch at a time; a newer one stops the older."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stream: Any = None

    def play(self, samples: Samples) -> threading.Event:
        """Start playing mono int16 at 16 kHz and return; the event is set when it has ended.

        Raises ``UserError`` when there is no usable sound output.
        """
        done = threading.Event()
        with self._lock, steady_devices() as audio:
            self._close()
            try:
                device = audio.query_devices(kind="output")
                rate = int(device["default_samplerate"])
                sound = soxr.resample(samples.astype(np.float32) / 32768.0, SAMPLE_RATE, rate)
                self._stream = open_stream(
                    audio.OutputStream,
                    samplerate=rate,
                    channels=1,
                    dtype="float32",
                    callback=_reader(audio, sound),
                    finished_callback=done.set,
                )
            except (audio.PortAudioError, ValueError) as error:
                self._close()
                raise UserError("PLAYBACK_FAILED", detail=error) from error
        return done

    def stop(self) -> None:
        """Fall silent at once."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._stream is not None:
            close_stream(self._stream)
            self._stream = None


def _reader(audio: Any, sound: Any) -> Any:
    position = 0

    def fill(out: Any, count: int, _time: object, _status: object) -> None:
        nonlocal position
        stretch = sound[position : position + count]
        position += count
        out[: len(stretch), 0] = stretch
        out[len(stretch) :, 0] = 0.0
        if len(stretch) < count:
            raise audio.CallbackStop

    return fill
