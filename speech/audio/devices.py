"""Live calls as an audio source: one stereo sound input, or one input for each speaker."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.errors import UserError
from speech.audio.convert import Converter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE
from speech.events import SpeechDegraded
from speech.utterance import Speaker

BLOCK_S = 0.1
QUEUE_S = 30.0
STALL_S = 0.8
SLIP_S = 0.25


def portaudio() -> ModuleType:
    """The sounddevice module. Raises ``UserError`` where the PortAudio library is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise UserError("AUDIO_NO_PORTAUDIO", detail=error) from error
    return sounddevice  # type: ignore[no-any-return]


def input_devices() -> tuple[str, ...]:
    """Names of the sound inputs of this machine."""
    return tuple(str(d["name"]) for d in portaudio().query_devices() if d["max_input_channels"] > 0)


@dataclass(slots=True)
class _Input:
    """One opened sound input. ``taken`` counts frames that the callback saw, queued or not."""

    speakers: tuple[Speaker, ...]
    rate: int
    stream: Any = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class _Captured:
    """One callback's frames; ``at`` = their number in the stream, ``slipped`` = some were lost."""

    origin: _Input
    at: int
    frames: NDArray[np.int16]
    slipped: bool


class DeviceSource:
    """A live call. Devices are named by (part of) their name; empty = the system's default.

    With one stereo device left = operator and right = caller; with a caller's device of its own
    each device gives one mono channel; a mono device alone is the operator only.
    A device that delivers nothing for ``STALL_S`` is reported and reopened until it is back; the
    clock runs on meanwhile. ``drops`` counts blocks that found the queue full.
    """

    live = True

    def __init__(self, operator_device: str = "", caller_device: str = "") -> None:
        self._audio = portaudio()
        self._names = [operator_device, caller_device] if caller_device else [operator_device]
        devices = [_find_device(self._audio, name) for name in self._names]
        self.name = " + ".join(str(device["name"]) for device in devices)
        two_sides = len(devices) == 2 or devices[0]["max_input_channels"] >= 2
        self.speakers = tuple(Speaker) if two_sides else (Speaker.OPERATOR,)
        self.drops = 0
        self._queue: queue.SimpleQueue[_Captured] = queue.SimpleQueue()
        self._limit = int(QUEUE_S / BLOCK_S) * len(devices)
        self._stopped = threading.Event()

    def blocks(self) -> Iterator[AudioBlock | SpeechDegraded]:
        """Blocks of about 100 ms. Raises ``UserError`` when a device cannot be opened at first."""
        lines: list[_Line] = []
        try:
            for number in range(len(self._names)):
                lines.append(_Line(self._open(number), time.monotonic()))
            begun = time.monotonic()
            while not self._stopped.is_set():
                yield from self._next(lines, begun)
        finally:
            for line in lines:
                _close(line.input)

    def stop(self) -> None:
        """End the iteration within a block's time."""
        self._stopped.set()

    def _next(self, lines: list[_Line], begun: float) -> Iterator[AudioBlock | SpeechDegraded]:
        """What the next captured frames bring, then a look at lines that deliver nothing."""
        try:
            captured = self._queue.get(timeout=BLOCK_S)
        except queue.Empty:
            captured = None
        now = time.monotonic()
        for number, line in enumerate(lines):
            if captured is not None and captured.origin is line.input:
                line.seen, line.lost = now, False
                yield from line.blocks(captured, now - begun)
            elif now - line.seen >= STALL_S:
                if not line.lost:
                    yield SpeechDegraded("AUDIO_DEVICE_LOST", self._names[number] or self.name)
                _close(line.input)
                line.lost, line.seen = True, now
                with contextlib.suppress(UserError):  # not back yet; the next stall tries again
                    line.reopen(self._open(number), time.monotonic() - begun)

    def _open(self, number: int) -> _Input:
        device = _find_device(self._audio, self._names[number])
        speakers = self.speakers if len(self._names) == 1 else (self.speakers[number],)
        opened = _Input(speakers, int(device["default_samplerate"]))

        def take(frames: NDArray[np.int16], count: int, _time: object, status: Any) -> None:
            at, opened.taken = opened.taken, opened.taken + count
            if self._queue.qsize() >= self._limit:
                self.drops += 1
                return
            self._queue.put_nowait(_Captured(opened, at, frames.copy(), bool(status.input_overflow)))

        try:
            opened.stream = self._audio.InputStream(
                samplerate=opened.rate,
                blocksize=round(opened.rate * BLOCK_S),
                device=device["index"],
                channels=len(speakers),
                dtype="int16",
                callback=take,
            )
            opened.stream.start()
        except (self._audio.PortAudioError, ValueError) as error:
            _close(opened)
            raise UserError("AUDIO_DEVICE_FAILED", device=device["name"], detail=error) from error
        return opened


class _Line:
    """One device on the call's clock: its frames become blocks, its losses become holes."""

    def __init__(self, opened: _Input, seen: float) -> None:
        self.seen, self.lost = seen, False
        self._end_s = 0.0
        self._position = 0
        self.reopen(opened, 0.0)

    def reopen(self, opened: _Input, clock_s: float) -> None:
        """Go on with a newly opened input at ``clock_s`` of the call."""
        self.input = opened
        self._expected = 0
        self._origin_s = max(clock_s, self._end_s)
        self._restart(self._origin_s)

    def blocks(self, captured: _Captured, clock_s: float) -> Iterator[AudioBlock]:
        """The captured frames as one block for each speaker; ``clock_s`` = now, on the call's clock."""
        self._account_for_losses(captured, clock_s)
        self._expected = captured.at + len(captured.frames)
        samples = self._converter.convert(captured.frames.astype(np.float32) / 32768.0)
        start, self._position = self._position, self._position + len(samples)
        self._end_s = self._position / SAMPLE_RATE
        if len(samples):
            for channel, speaker in enumerate(self.input.speakers):
                side = np.ascontiguousarray(samples[:, channel])
                yield AudioBlock(speaker, start / SAMPLE_RATE, side)

    def _account_for_losses(self, captured: _Captured, clock_s: float) -> None:
        """Dropped blocks are known by their count; what the system lost shows on the clock."""
        by_count = self._origin_s + captured.at / self.input.rate
        by_clock = clock_s - len(captured.frames) / self.input.rate
        if captured.slipped and by_clock - by_count >= SLIP_S:
            self._origin_s += by_clock - by_count
            self._restart(by_clock)
        elif captured.at != self._expected:
            self._restart(by_count)

    def _restart(self, start_s: float) -> None:
        self._converter = Converter(self.input.rate, len(self.input.speakers))
        self._position = round(start_s * SAMPLE_RATE)


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


def _close(opened: _Input) -> None:
    if opened.stream is not None:
        opened.stream.close(ignore_errors=True)
        opened.stream = None
