"""A call for listening again: both sides mixed, any speed with the pitch kept, silence left out.

Sound is read from the recording where it is needed, so opening a call of an hour takes no longer than
opening a short one. Positions are samples of the call at 16 kHz.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.call import Speaker
from speech.audio.recording import RecordingReader
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples

CHUNK_S = 4.0
"""So much is read and stretched at a time; the first sound comes after this much work."""
POLL_S = 0.05
"""How often a player looks whether it was told to stop."""
PEAK_S = 0.1
"""One column of a waveform."""
_FRAME, _HOP, _SEEK = 640, 320, 160
"""Samples of a stretching frame, of its step in the output, and of the search for a likeness."""
Peaks = NDArray[np.float32]
Play = Callable[[Samples], threading.Event]


class CallAudio:
    """The sound of a recorded call. Raises ``UserError`` when there is none."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._reader = RecordingReader(path, key)
        self.seconds = self._reader.seconds

    def stretch(self, start: float, end: float) -> Samples:
        """Both sides mixed, from ``start`` to ``end`` seconds."""
        sides = [self._reader.read(speaker, start, end).astype(np.int32) for speaker in Speaker]
        mixed: Samples = np.clip(sides[0] + sides[1], -32768, 32767).astype(np.int16)
        return mixed

    def side(self, speaker: Speaker, start: float, end: float) -> Samples:
        """One side alone."""
        return self._reader.read(speaker, start, end)

    def blocks(self) -> Iterator[AudioBlock]:
        """Both sides as they were recorded."""
        return self._reader.blocks()

    def peaks(self, speaker: Speaker, start: float, end: float) -> Peaks:
        """The loudest of every tenth of a second, 0 to 1."""
        samples = np.abs(self._reader.read(speaker, start, end).astype(np.float32)) / 32768.0
        step = round(PEAK_S * SAMPLE_RATE)
        columns = -(-len(samples) // step)
        padded = np.zeros(columns * step, dtype=np.float32)
        padded[: len(samples)] = samples
        found: Peaks = padded.reshape(columns, step).max(axis=1)
        return found


def stretched(samples: Samples, speed: float) -> Samples:
    """The same sound faster or slower, its pitch kept (overlap-add at the likeliest place)."""
    if speed == 1.0 or len(samples) < 2 * _FRAME:
        return samples
    sound = samples.astype(np.float32)
    count = int(len(sound) / speed)
    out = np.zeros(count + _FRAME, dtype=np.float32)
    weight = np.zeros_like(out)
    window = np.hanning(_FRAME).astype(np.float32)
    at = 0
    for put in range(0, count - _FRAME, _HOP):
        wanted = int(put * speed)
        if put:
            tail = sound[at + _HOP : at + _HOP + _HOP]
            low = max(0, wanted - _SEEK)
            room = sound[low : wanted + _SEEK + _HOP]
            if len(tail) == _HOP and len(room) > _HOP:
                wanted = low + int(np.argmax(np.correlate(room, tail, mode="valid")))
        frame = sound[wanted : wanted + _FRAME]
        if len(frame) < _FRAME:
            break
        out[put : put + _FRAME] += frame * window
        weight[put : put + _FRAME] += window
        at = wanted
    done: Samples = (out[:count] / np.maximum(weight[:count], 1e-3)).astype(np.int16)
    return done


class CallPlayer:
    """Plays a call from any second. ``moved`` is told the second; both may come on another thread.

    ``play`` starts a stretch of sound and gives an event that is set when it was heard.
    """

    def __init__(self, audio: CallAudio, play: Play, stop: Callable[[], None]) -> None:
        self._audio, self._play, self._stop_sound = audio, play, stop
        self.speed = 1.0
        self.skip: Sequence[tuple[float, float]] = ()
        self._lock = threading.Lock()
        self._turn = 0
        self._second = 0.0

    @property
    def second(self) -> float:
        """Where the chunk that is played began, or where it was stopped."""
        return self._second

    def first_sound(self, second: float) -> Samples:
        """The samples that are heard first when playing from a second."""
        return stretched(self._audio.stretch(second, second + CHUNK_S), self.speed)

    def play_from(
        self, second: float, moved: Callable[[float], None], ended: Callable[[], None]
    ) -> None:
        """Play until the end, ``stop`` or another ``play_from``; returns at once."""
        with self._lock:
            self._turn += 1
            turn = self._turn
        thread = threading.Thread(
            target=self._run, args=(turn, second, moved, ended), name="review-player", daemon=True
        )
        thread.start()

    def stop(self) -> None:
        """Fall silent."""
        with self._lock:
            self._turn += 1
        self._stop_sound()

    def _run(
        self, turn: int, second: float, moved: Callable[[float], None], ended: Callable[[], None]
    ) -> None:
        at = second
        while at < self._audio.seconds and turn == self._turn:
            at = next((end for start, end in self.skip if start <= at < end), at)
            stop = min((start for start, _ in self.skip if start > at), default=self._audio.seconds)
            end = min(at + CHUNK_S, stop, self._audio.seconds)
            if end - at < 0.02:
                break
            sound = stretched(self._audio.stretch(at, end), self.speed)
            if turn != self._turn:
                return
            self._second = at
            moved(at)
            done, left = self._play(sound), int(2 * CHUNK_S / POLL_S)
            while turn == self._turn and left > 0 and not done.wait(POLL_S):
                left -= 1
            at = end
        if turn == self._turn:
            self._second = at
            ended()
