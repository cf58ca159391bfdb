"""What the transcript shows of one stretch of a call."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof
from app.events import AudioGap
from ui.look.marks import Span, find_words

LONGEST_UTTERANCE_S = 120.0
"""How far back an utterance may begin that still goes on."""


class Entry(NamedTuple):
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


def spots(entries: Sequence[Entry], proof: Proof) -> Iterator[tuple[int, Span]]:
    """Where a proof's words stand: the number of the entry and the place in its text."""
    for number in _heard_during(entries, proof):
        for words in proof.text.split():  # a proof's text may join words of several places
            if (span := find_words(words, entries[number].text)) is not None:
                yield number, span


def _heard_during(entries: Sequence[Entry], proof: Proof) -> Iterator[int]:
    """Numbers of the speaker's utterances that overlap a proof's time."""
    if proof.start is None or proof.end is None:
        return
    number = bisect_left(entries, proof.end, key=lambda entry: entry.start) - 1
    while number >= 0 and entries[number].start > proof.start - LONGEST_UTTERANCE_S:
        entry = entries[number]
        utterance = entry.utterance if entry.speaker is proof.speaker else None
        if utterance is not None and utterance.end > proof.start:
            yield number
        number -= 1
