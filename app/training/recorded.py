"""The sound of a recorded case: played to the trainee, and heard by the recogniser if wished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr

from app.domain.call import Speaker, Utterance
from app.events import SpeechEvent
from app.hearing import recogniser_over
from app.training.microphone import ListeningStage
from app.workplace import Workplace
from resources.errors import UserError
from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE, Samples

LONGEST_S = 120.0
"""No turn is played longer than this at a time."""


Play = Callable[[Samples], object]
"""Begins to play mono sound at 16 kHz. Raises ``UserError`` without a sound output."""


class CaseSound:
    """Plays stretches of a recording.

    Without a sound output the drill goes on in silence, which is ``told`` once.
    """

    def __init__(self, path: Path, play: Play, told: Callable[[UserError], None]) -> None:
        """Raises ``UserError`` as ``FileSource`` does for what is no sound."""
        FileSource(path, pace=None).stop()
        self._path, self._play, self._told = path, play, told
        self._silent = False

    def play(self, start: float, end: float) -> None:
        """Begin to play from ``start`` to ``end`` seconds, both sides mixed; returns at once."""
        if self._silent:
            return
        try:
            self._play(mixed(self._path, start, min(end, start + LONGEST_S)))
        except UserError as error:
            self._silent = True
            self._told(error)


def mixed(path: Path, start: float, end: float) -> Samples:
    """A stretch of a sound file, its sides added up, at 16 kHz. Raises ``UserError``."""
    try:
        with soundfile.SoundFile(path) as sound:
            sound.seek(min(sound.frames, round(start * sound.samplerate)))
            rate = sound.samplerate
            frames = sound.read(round((end - start) * rate), dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise UserError("AUDIO_NOT_AUDIO", path=path) from error
    both = np.clip(frames.sum(axis=1), -1.0, 1.0)
    if rate != SAMPLE_RATE and len(both):
        both = soxr.resample(both, rate, SAMPLE_RATE)
    samples: Samples = (both * 32767).astype(np.int16)
    return samples


class RecordedStage(ListeningStage):
    """The desk hears the recording itself, as it hears a call; the true turns are the score's alone."""

    def __init__(
        self,
        path: Path,
        pace: float,
        listener: Callable[[SpeechEvent], None],
        place: Workplace,
        call_id: str,
    ) -> None:
        """Raises ``UserError`` when the file is no sound."""
        source = FileSource(path, pace)
        super().__init__(
            listener,
            lambda take: recogniser_over(source, call_id, place.parts, place.settings, take, place.bus),
            listener,
        )

    def begin(self, speaker: Speaker, words: str, start: float) -> None:
        """What is said is heard from the recording."""

    def say(self, speaker: Speaker, words: str, start: float, end: float) -> Utterance:
        """What is said is heard from the recording."""
        return self.spoken(speaker, words, start, end)
