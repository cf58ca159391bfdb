"""What the transcript shows of one stretch of a call."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.call import Speaker, Utterance
from app.events import AudioGap


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of speech on screen, or with a ``gap`` a stretch without sound, of no speaker.

    ``utterance`` is ``None`` while it is being spoken.
    """

    speaker: Speaker | None
    start: float
    text: str
    utterance: Utterance | None = None
    gap: AudioGap | None = None

    @property
    def sure(self) -> float | None:
        """How sure the engine was of it (0 to 1), as far as it said."""
        return self.utterance.confidence if self.utterance is not None else None
