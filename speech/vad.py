"""Where somebody speaks: Silero voice activity, streaming, one detector for each speaker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speech.engines.base import SAMPLE_RATE, Samples

FRAME = 512
_CONTEXT = 64


@dataclass(frozen=True, slots=True)
class VoiceLimits:
    """When a stretch of speech begins and ends. Times in seconds, levels are probabilities.

    ``pre_roll`` and ``tail`` are kept around the speech, ``lull`` of quiet may be the end and
    ``hangover`` of quiet is, ``shortest`` speech counts as such, and a stretch that reaches
    ``longest`` is cut at the quietest place of its last ``cut_window``.
    """

    onset: float = 0.5
    offset: float = 0.35
    pre_roll: float = 0.5
    tail: float = 0.45
    lull: float = 0.3
    hangover: float = 0.6
    shortest: float = 0.1
    longest: float = 18.0
    cut_window: float = 6.0


@dataclass(frozen=True, slots=True)
class Voice:
    """More audio of a stretch that is still going on; the pieces join without holes.

    ``quiet`` = seconds since somebody was last heard.
    """

    start: float
    samples: Samples
    quiet: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A finished stretch: its samples from ``start`` on, and when speech began and ended in it.

    ``cut`` = it ended because it was too long; the next stretch goes on where this one ends, so the
    ``Voice`` pieces given out before reached further than ``samples``.
    """

    start: float
    samples: Samples
    speech_start: float
    speech_end: float
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Lull:
    """It has become quiet: ``stretch`` is what the stretch will be if nothing more is said."""

    stretch: Stretch


class VoiceDetector:
    """Follows one speaker's channel. Feed it every block; gaps are announced with ``reset``."""

    def __init__(self, limits: VoiceLimits | None = None) -> None:
        self.limits = limits or VoiceLimits()
        self._model = _SileroStream()
        self._audio = np.zeros(0, dtype=np.int16)
        self._levels: list[float] = []
        self.reset(0.0)

    def reset(self, start: float) -> None:
        """Forget everything; the next block starts at ``start`` seconds. Call ``finish`` before."""
        self._model.reset()
        self._audio = self._audio[:0]
        self._first = round(start * SAMPLE_RATE)
        self._levels.clear()
        self._onset: int | None = None
        self._given = 0
        self._voiced = 0
        self._last_voiced = 0

    def feed(self, samples: Samples) -> list[Voice | Lull | Stretch]:
        """Take the next block; what it brought, in order."""
        self._audio = np.concatenate([self._audio, samples])
        done = len(self._levels)
        ready = len(self._audio) // FRAME
        if ready == done:
            return []
        frames = self._audio[done * FRAME : ready * FRAME].reshape(-1, FRAME)
        events: list[Voice | Lull | Stretch] = []
        for level in self._model.levels(frames):
            self._levels.append(level)
            events.extend(self._step())
        events.extend(self._give())
        if self._onset is None:
            self._forget(len(self._levels) - self._frames(self.limits.pre_roll) - 1)
        return events

    def finish(self) -> list[Voice | Lull | Stretch]:
        """Close a stretch that is still open: the tail flush at the end of the audio or at a gap."""
        if self._onset is None or self._voiced < self._frames(self.limits.shortest):
            return []
        return [*self._give(), self._close(len(self._audio))]

    def _step(self) -> list[Voice | Lull | Stretch]:
        """Look at the newest frame."""
        limits, now = self.limits, len(self._levels)
        level = self._levels[-1]
        if self._onset is None:
            if level >= limits.onset:
                self._open(max(0, now - 1 - self._frames(limits.pre_roll)))
            return []
        if level >= limits.offset:
            self._voiced += 1
            self._last_voiced = now
        quiet = now - self._last_voiced
        if self._voiced < self._frames(limits.shortest):
            if quiet >= self._frames(limits.tail):
                self._onset = None
            return []
        if quiet >= self._frames(limits.hangover):
            end = (self._last_voiced + self._frames(limits.tail)) * FRAME
            return [*self._give(), self._close(min(end, len(self._audio)))]
        if now - self._onset >= self._frames(limits.longest):
            return self._cut()
        if quiet == self._frames(limits.lull):
            return [*self._give(), Lull(self._so_far(now * FRAME, self._last_voiced * FRAME))]
        return []

    def _open(self, first_frame: int) -> None:
        self._forget(first_frame)
        self._onset, self._given = 0, 0
        self._voiced, self._last_voiced = 1, len(self._levels)

    def _give(self) -> list[Voice | Lull | Stretch]:
        """What the live engine has not had yet of an accepted stretch."""
        if self._onset is None or self._voiced < self._frames(self.limits.shortest):
            return []
        end = len(self._levels) * FRAME
        if end <= self._given:
            return []
        start = (self._first + self._given) / SAMPLE_RATE
        quiet = (len(self._levels) - self._last_voiced) * FRAME / SAMPLE_RATE
        piece = Voice(start, self._audio[self._given : end].copy(), quiet)
        self._given = end
        return [piece]

    def _close(self, end: int, cut: bool = False) -> Stretch:
        stretch = self._so_far(end, end if cut else min(end, self._last_voiced * FRAME), cut)
        self._onset = None
        self._forget(end // FRAME)
        return stretch

    def _so_far(self, end: int, speech_end: int, cut: bool = False) -> Stretch:
        onset = next((i for i, level in enumerate(self._levels) if level >= self.limits.onset), 0)
        return Stretch(
            self._first / SAMPLE_RATE,
            self._audio[:end].copy(),
            (self._first + onset * FRAME) / SAMPLE_RATE,
            (self._first + speech_end) / SAMPLE_RATE,
            cut,
        )

    def _cut(self) -> list[Voice | Lull | Stretch]:
        """End a stretch that is too long at its quietest place and open the next one there."""
        window = self._frames(self.limits.cut_window)
        begin = len(self._levels) - window
        smooth = np.convolve(self._levels[begin:], np.ones(3) / 3, mode="same")
        place = begin + int(np.argmin(smooth))
        stretch = self._close(place * FRAME, cut=True)
        rest = [level >= self.limits.offset for level in self._levels]
        self._onset, self._given = 0, 0
        self._voiced = max(sum(rest), 1)
        self._last_voiced = max((i + 1 for i, voiced in enumerate(rest) if voiced), default=0)
        return [stretch]

    def _forget(self, frames: int) -> None:
        """Drop the oldest frames of audio."""
        if frames > 0:
            self._audio = self._audio[frames * FRAME :]
            del self._levels[:frames]
            self._first += frames * FRAME
            self._last_voiced = max(0, self._last_voiced - frames)

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * SAMPLE_RATE / FRAME))


class _SileroStream:
    """The network's running state: probability of voice for each frame of 512 samples."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._h = np.zeros((1, 1, 128), dtype=np.float32)
        self._c = np.zeros((1, 1, 128), dtype=np.float32)
        self._context = np.zeros((1, _CONTEXT), dtype=np.float32)

    def levels(self, frames: Samples) -> list[float]:
        """``frames`` of shape ``(n, 512)``, all in one run of the network."""
        sound = frames.astype(np.float32) / 32768.0
        context = np.concatenate([self._context, sound[:-1, -_CONTEXT:]])
        self._context = sound[-1:, -_CONTEXT:]
        out: NDArray[np.float32]
        out, self._h, self._c = _session().run(
            None, {"input": np.concatenate([context, sound], axis=1), "h": self._h, "c": self._c}
        )
        return [float(level) for level in out.reshape(-1)]


@cache
def _session() -> Any:
    """The network, shared by all detectors (a run keeps no state of its own), on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    with as_file(files("faster_whisper") / "assets" / "silero_vad_v6.onnx") as path:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
