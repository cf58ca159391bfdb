"""What the recogniser tells its listener, from the recogniser's own thread."""

from __future__ import annotations

from dataclasses import dataclass

from speech.utterance import Speaker, Utterance


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """Text of an utterance that is still being spoken; the next one of the speaker replaces it."""

    speaker: Speaker
    start: float
    text: str


@dataclass(frozen=True, slots=True)
class UtteranceHeard:
    """A finished utterance; it will not change again. ``lag`` = seconds since its speech ended."""

    utterance: Utterance
    lag: float


@dataclass(frozen=True, slots=True)
class AudioSafe:
    """All audio up to ``seconds`` is on disk."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AudioGap:
    """No audio between ``start`` and ``end`` (device lost, privacy pause, dropped blocks)."""

    start: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class AudioLevel:
    """Loudness of a block in dBFS (``-inf`` for digital silence), for the level meter."""

    speaker: Speaker
    dbfs: float


@dataclass(frozen=True, slots=True)
class SpeechDegraded:
    """Recognition or capture goes on without something; ``code`` is a key of the error texts."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AudioEnded:
    """The source ended and everything was recognised. ``seconds`` = length of the audio."""

    seconds: float


SpeechEvent = (
    PartialHeard | UtteranceHeard | AudioSafe | AudioGap | AudioLevel | SpeechDegraded | AudioEnded
)
