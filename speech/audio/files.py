"""Recorded calls as an audio source: FLAC, WAV, OGG, MP3, stereo or mono, at any usual rate."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from resources.errors import UserError
from speech.audio.convert import HIGHEST_RATE, LOWEST_RATE, Converter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE
from speech.utterance import Speaker

BLOCK_S = 0.1
BITE_S = 0.5
"""Length of a block where nobody waits for it: half the work for finding speech in it."""
_BEGINNINGS = (b"RIFF", b"RF64", b"riff", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"caff")


class FileSource:
    """A recorded call. Left channel = operator, right = caller; a mono file is the caller only.

    ``pace`` = seconds of audio per second of time, ``None`` = as fast as it is taken; ``block_s`` =
    length of its blocks, ``None`` = what suits the pace. The file is read block by block, so its
    length does not matter. Raises ``UserError`` at once when it is missing, unreadable, empty, no
    audio, or has more than two channels or an absurd rate.
    """

    def __init__(self, path: Path, pace: float | None = None, block_s: float | None = None) -> None:
        if pace is not None and not pace > 0:
            raise ValueError(f"pace must be positive, not {pace}")
        self.path, self.pace = path, pace
        self.name = path.name
        self.live = pace is not None
        self._block_s = block_s or (BLOCK_S if self.live else BITE_S)
        self._stopped = threading.Event()
        with _open(path) as sound:
            self.speakers = (Speaker.CALLER,) if sound.channels == 1 else tuple(Speaker)
            self.seconds: float = sound.frames / sound.samplerate

    def blocks(self) -> Iterator[AudioBlock]:
        """Blocks of about 100 ms, or of half a second without a pace; operator before caller.

        Raises ``UserError("AUDIO_TRUNCATED")`` after the last block when the file breaks off early.
        """
        with _open(self.path) as sound:
            converter = Converter(sound.samplerate, sound.channels)
            begun, position = time.monotonic(), 0
            for frames, last in _frames(sound, self._block_s):
                samples = converter.convert(frames, last)
                start = position / SAMPLE_RATE
                position += len(samples)
                if not self._wait_until(begun, position / SAMPLE_RATE):
                    return
                if len(samples):
                    for channel, speaker in enumerate(self.speakers):
                        yield AudioBlock(speaker, start, np.ascontiguousarray(samples[:, channel]))
            missing = _missing_frames(sound)
            if missing:
                raise UserError(
                    "AUDIO_TRUNCATED", path=self.path, seconds=f"{position / SAMPLE_RATE:.1f}"
                )

    def stop(self) -> None:
        """End the iteration before its next block."""
        self._stopped.set()

    def _wait_until(self, begun: float, heard: float) -> bool:
        if self.pace is None:
            return not self._stopped.is_set()
        return not self._stopped.wait(max(0.0, begun + heard / self.pace - time.monotonic()))


def _open(path: Path) -> soundfile.SoundFile:
    if path.is_dir():
        raise UserError("AUDIO_NOT_A_FILE", path=path)
    try:
        if path.stat().st_size == 0:
            raise UserError("AUDIO_EMPTY", path=path)
        with path.open("rb") as file:
            if not _looks_like_sound(file.read(12)):
                raise UserError("AUDIO_NOT_AUDIO", path=path)
        sound = soundfile.SoundFile(path)
    except FileNotFoundError as error:
        raise UserError("AUDIO_MISSING", path=path) from error
    except OSError as error:
        raise UserError("AUDIO_UNREADABLE", path=path, detail=error.strerror or error) from error
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:
        raise UserError("AUDIO_NOT_AUDIO", path=path) from error
    problem = None
    if sound.channels not in (1, 2):
        problem = UserError("AUDIO_CHANNELS", path=path, channels=sound.channels)
    elif not LOWEST_RATE <= sound.samplerate <= HIGHEST_RATE:
        problem = UserError("AUDIO_RATE", path=path, rate=sound.samplerate)
    elif sound.frames == 0:
        problem = UserError("AUDIO_EMPTY", path=path)
    if problem:
        sound.close()
        raise problem
    return sound


def _looks_like_sound(head: bytes) -> bool:
    """Whether a file begins like one. Without this the MP3 reader tries anything, loudly."""
    layer_three = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return layer_three or head.startswith(_BEGINNINGS)


def _frames(sound: soundfile.SoundFile, seconds: float) -> Iterator[tuple[NDArray[np.float32], bool]]:
    """Blocks of the file with a flag on the last one; a broken file ends where it breaks."""
    size = max(1, round(sound.samplerate * seconds))
    held: NDArray[np.float32] | None = None
    while True:
        try:
            frames = sound.read(size, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            frames = np.zeros((0, sound.channels), dtype=np.float32)
        if held is not None:
            yield held, len(frames) == 0
        if len(frames) == 0:
            return
        held = frames


def _missing_frames(sound: soundfile.SoundFile) -> bool:
    """Whether the file promised clearly more (over 0.1 s) than it held.

    A WAV reader takes the shorter length without a word, but its log notes the promised one.
    """
    if sound.frames - sound.tell() > sound.samplerate * BLOCK_S:
        return True
    chunk = re.search(r"^data : (\d+) \(should be (\d+)\)", sound.extra_info, re.MULTILINE)
    # 0 and 0xFFFFFFF… stand for "unknown" in files that were written to a pipe.
    return bool(chunk) and int(chunk[2]) < int(chunk[1]) < 0x7FFFFFFF if chunk else False
