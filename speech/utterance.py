"""What recognition produces: stretches of one speaker's speech with their times.

Times are seconds from the start of the call's audio.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

INCOMPLETE = "…"
"""Stands in a text behind a number that was not surely heard whole: to be read back to the caller."""


class Speaker(StrEnum):
    """Who speaks; one audio channel each (left = operator 坐席, right = caller 诉求人)."""

    OPERATOR = "operator"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word or character with its time and the engine's confidence (0 to 1)."""

    text: str
    start: float
    end: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of one speaker. Committed text never changes.

    ``text`` is what is shown (after repair), ``heard`` is what the engine gave. ``words`` index
    ``heard`` and may be empty when the engine gives no times.
    """

    id: str
    speaker: Speaker
    start: float
    end: float
    text: str
    heard: str
    engine: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()
