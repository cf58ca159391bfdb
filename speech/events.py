"""What the recogniser tells its listener, from the recogniser's own thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.errors import UserError
from resources.texts import text
from speech.utterance import Speaker, Utterance


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """Text of an utterance that is still being spoken; the next one of the speaker replaces it."""

    speaker: Speaker
    start: float
    text: str


@dataclass(frozen=True, slots=True)
class UtteranceHeard:
    """A finished utterance. ``lag`` = seconds since its speech ended."""

    utterance: Utterance
    lag: float


@dataclass(frozen=True, slots=True)
class UtteranceSettled:
    """An utterance that was heard before, now that it was read again.

    It has the ``id`` of the one it replaces. Its telephone number and the mark behind it may differ;
    all of its text, where a machine that had fallen behind had read it hastily.
    """

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class AudioSafe:
    """All audio up to ``seconds`` is on disk."""

    seconds: float


ON_HOLD = "CALL_ON_HOLD"
"""The reason of a gap that the operator made."""


@dataclass(frozen=True, slots=True)
class AudioGap:
    """No audio of a speaker between ``start`` and ``end`` (on hold, device lost, dropped blocks)."""

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
    """Recognition or capture goes on without something; ``code`` is a key of the error texts.

    ``detail`` and ``values`` fill the placeholders of its sentence.
    """

    code: str
    detail: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def by(cls, error: UserError) -> SpeechDegraded:
        """What a ``UserError`` means for a call that goes on."""
        return cls(error.code, str(error.values.get("detail", "")), error.values)

    def message(self, language: str) -> str:
        """The sentence for the user in ``language`` (``zh`` or ``en``)."""
        return text(f"errors.{self.code}", language, **{"detail": self.detail, **self.values})


@dataclass(frozen=True, slots=True)
class SpeechRestored:
    """Recognition has caught up: what ``SpeechDegraded`` said of its lateness no longer holds."""


@dataclass(frozen=True, slots=True)
class MachinePace:
    """How the machine does: seconds of work for a second of speech lately, memory in MB if known."""

    rtf: float
    memory_mb: float | None


@dataclass(frozen=True, slots=True)
class AudioEnded:
    """The source ended and everything was recognised. ``seconds`` = length of the audio."""

    seconds: float


SpeechEvent = (
    PartialHeard
    | UtteranceHeard
    | UtteranceSettled
    | AudioSafe
    | AudioGap
    | AudioLevel
    | SpeechDegraded
    | SpeechRestored
    | MachinePace
    | AudioEnded
)
