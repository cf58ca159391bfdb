"""Live calls as an audio source: one stereo sound input, or one input for each speaker."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resources.errors import UserError
from speech.audio.convert import Converter
from speech.audio.portaudio import (
    close_stream,
    open_stream,
    recorder,
    refresh_devices,
    steady_devices,
)
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE
from speech.events import SpeechDegraded
from speech.utterance import Speaker

BLOCK_S = 0.1
POLL_S = 0.04
RING_S = 20.0
STALL_S = 0.8
START_S = 5.0
SLIP_S = 0.25


def input_devices() -> tuple[str, ...]:
    """Names of the sound inputs of this machine, as they are now unless one is in use."""
    with steady_devices() as audio:
        refresh_devices()
        return tuple(str(d["name"]) for d in audio.query_devices() if d["max_input_channels"] > 0)


class DeviceSource:
    """A live call. Devices are named by (part of) their name; empty = the system's default.

    With one stereo device left = operator and right = caller; with a caller's device of its own
    each device gives one mono channel; a mono device alone is the operator only.
    A device that delivers nothing for ``STALL_S`` is reported and reopened until it is back; the
    clock runs on meanwhile. ``drops`` counts the times that sound found no more room to wait in.
    """

    live = True

    def __init__(self, operator_device: str = "", caller_device: str = "") -> None:
        self._names = [operator_device, caller_device] if caller_device else [operator_device]
        with steady_devices() as self._audio:
            refresh_devices()
            devices = [_find_device(self._audio, name) for name in self._names]
        self.name = " + ".join(str(device["name"]) for device in devices)
        two_sides = len(devices) == 2 or devices[0]["max_input_channels"] >= 2
        self.speakers = tuple(Speaker) if two_sides else (Speaker.OPERATOR,)
        self.drops = 0
        self._stopped = threading.Event()

    def blocks(self) -> Iterator[AudioBlock | SpeechDegraded]:
        """Blocks of about 100 ms. Raises ``UserError`` when a device cannot be opened at first."""
        lines: list[_Line] = []
        try:
            for number in range(len(self._names)):
                with steady_devices():
                    lines.append(_Line(self._open(number)))
            clock = _Clock()
            while not self._stopped.is_set():
                yield from self._next(lines, clock)
        finally:
            for line in lines:
                line.input.close()

    def stop(self) -> None:
        """End the iteration within a block's time."""
        self._stopped.set()

    def _next(self, lines: list[_Line], clock: _Clock) -> Iterator[AudioBlock | SpeechDegraded]:
        """What came in since the last look, and a look at lines that deliver nothing."""
        self._stopped.wait(POLL_S)
        for number, line in enumerate(lines):
            came = line.input.take()
            now = time.monotonic()
            if came:
                line.due, line.lost = now + STALL_S, False
                for captured in came:
                    yield from line.blocks(captured, clock.at(captured.began))
                self.drops += line.input.refill()
            elif now >= line.due:
                if not line.lost:
                    yield SpeechDegraded("AUDIO_DEVICE_LOST", self._names[number] or self.name)
                line.input.close()
                line.lost, line.due = True, now + STALL_S
                # not back yet: the next stall tries again
                with contextlib.suppress(UserError), steady_devices():
                    refresh_devices()  # it may come back in another place of the list
                    line.use(self._open(number))

    def _open(self, number: int) -> _Input:
        device = _find_device(self._audio, self._names[number])
        speakers = self.speakers if len(self._names) == 1 else (self.speakers[number],)
        try:
            return _Input(device, speakers)
        except (self._audio.PortAudioError, ValueError) as error:
            raise UserError("AUDIO_DEVICE_FAILED", device=device["name"], detail=error) from error


class _Captured(NamedTuple):
    """Frames in -1 … 1 of shape ``(n, channels)``: ``at`` = their number in the stream, ``began`` =
    when the first of them came in (monotonic seconds), ``slipped`` = some before them were lost."""

    at: int
    began: float
    frames: NDArray[np.float32]
    slipped: bool


class _Input:
    """One opened sound input.

    The sound system's callback fills a ring in memory without any Python, so that sound is not lost
    while something else holds the interpreter; ``take`` empties it from a thread that may be late.
    """

    def __init__(self, device: dict[str, Any], speakers: tuple[Speaker, ...]) -> None:
        self.speakers, self.rate = speakers, int(device["default_samplerate"])
        self._block = round(self.rate * BLOCK_S)
        kinds = recorder()
        self._stream = open_stream(
            kinds.Recorder,
            samplerate=self.rate,
            blocksize=self._block,
            device=device["index"],
            channels=len(speakers),
        )
        room = 1 << math.ceil(math.log2(self.rate * RING_S))
        self._ring = kinds.RingBuffer(4 * len(speakers), room)
        self._filling = self._stream.record_ringbuffer(self._ring)
        self._taken = self._overflows = 0
        self._slipped = False

    def take(self) -> list[_Captured]:
        """What came in since the last time, in blocks of ``BLOCK_S``."""
        if self._stream is None:
            return []
        overflows = self._filling.stats.input_overflows
        self._slipped |= overflows > self._overflows
        self._overflows = overflows
        waiting, now, came = self._ring.read_available, time.monotonic(), []
        while waiting > 0:
            sound = np.frombuffer(self._ring.read(min(waiting, self._block)), dtype=np.float32)
            frames = sound.reshape(-1, len(self.speakers))
            came.append(_Captured(self._taken, now - waiting / self.rate, frames, self._slipped))
            self._taken += len(frames)
            self._slipped = False
            waiting -= len(frames)
        return came

    def refill(self) -> bool:
        """Go on where the ring had been full, and so no longer filled; whether that was so."""
        if self._filling in self._stream.actions:
            return False
        self._filling = self._stream.record_ringbuffer(self._ring)
        self._overflows, self._slipped = 0, True
        return True

    def close(self) -> None:
        """End it; a second time does nothing."""
        if self._stream is not None:
            close_stream(self._stream)
            self._stream = None


class _Clock:
    """The call's clock: it starts with the first sound of any device."""

    def __init__(self) -> None:
        self._zero: float | None = None

    def at(self, began: float) -> float:
        """A monotonic time in seconds of the call."""
        if self._zero is None:
            self._zero = began
        return began - self._zero


class _Line:
    """One device on the call's clock: its frames become blocks, its losses become holes.

    ``due`` = when (monotonic seconds) the device counts as lost if nothing comes until then.
    """

    def __init__(self, opened: _Input) -> None:
        self.lost = False
        self._position = 0
        self.use(opened)

    def use(self, opened: _Input) -> None:
        """Go on with a newly opened input; a device may take its time for the first sound."""
        self.input = opened
        self.due = time.monotonic() + START_S
        self._expected: int | None = None
        self._origin_s = 0.0

    def blocks(self, captured: _Captured, clock_s: float) -> Iterator[AudioBlock]:
        """The captured frames as one block for each speaker; ``clock_s`` = their place by the clock."""
        self._place(captured, clock_s)
        self._expected = captured.at + len(captured.frames)
        samples = self._converter.convert(captured.frames)
        start, self._position = self._position, self._position + len(samples)
        if len(samples):
            for channel, speaker in enumerate(self.input.speakers):
                side = np.ascontiguousarray(samples[:, channel])
                yield AudioBlock(speaker, start / SAMPLE_RATE, side)

    def _place(self, captured: _Captured, clock_s: float) -> None:
        """Frames go on by their count. The clock places the first ones, and those after a loss in
        the system that nobody counted; differences below ``SLIP_S`` are only jitter."""
        by_count = self._origin_s + captured.at / self.input.rate
        uncounted = self._expected is None or captured.slipped
        if uncounted and clock_s - by_count >= SLIP_S:
            self._origin_s += clock_s - by_count
            self._restart(clock_s)
        elif captured.at != self._expected:
            self._restart(by_count)

    def _restart(self, start_s: float) -> None:
        self._converter = Converter(self.input.rate, len(self.input.speakers))
        self._position = max(self._position, round(start_s * SAMPLE_RATE))


def _find_device(audio: ModuleType, name: str) -> dict[str, Any]:
    """The first input whose name is, or else contains, ``name``; empty = the system's default."""
    try:
        if not name:
            return dict(audio.query_devices(kind="input"))
        inputs = [dict(d) for d in audio.query_devices() if d["max_input_channels"] > 0]
    except (audio.PortAudioError, ValueError) as error:
        raise UserError("AUDIO_NO_INPUT") from error
    wanted = name.casefold()
    exact = [d for d in inputs if str(d["name"]).casefold() == wanted]
    partly = [d for d in inputs if wanted in str(d["name"]).casefold()]
    if not exact + partly:
        raise UserError("AUDIO_DEVICE_MISSING", device=name)
    return (exact + partly)[0]
