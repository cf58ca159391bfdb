"""Find the places said in a text: one best reading in which the mentions support each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from resources.places import Gazetteer, bundled_gazetteer
from speech.repair.mentions import PlaceContext, PlaceMention
from speech.repair.spellings import Spelling, spellings_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A spelling that may stand at ``text[start:end]``; ``likeness`` 1 = written so."""

    start: int
    end: int
    spelling: Spelling
    likeness: float


class PlaceFinder:
    """Finds places of one gazetteer. Immutable after construction: safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._by_text: dict[str, list[Spelling]] = {}
        for spelling in spellings_of(gazetteer):
            self._by_text.setdefault(spelling.text, []).append(spelling)
        self._longest: dict[str, int] = {}
        for text in self._by_text:
            self._longest[text[0]] = max(len(text), self._longest.get(text[0], 0))

    def _written(self, text: str) -> Iterator[Candidate]:
        for start, first in enumerate(text):
            for length in range(self._longest.get(first, 0), 1, -1):
                for spelling in self._by_text.get(text[start : start + length], ()):
                    yield Candidate(start, start + length, spelling, 1.0)

    def find(self, text: str, context: PlaceContext | None = None) -> tuple[PlaceMention, ...]:
        """The places said in ``text``, in order, not overlapping."""
        context = context or PlaceContext()
        candidates = [c for c in self._written(text) if not c.spelling.weak]
        chosen: list[Candidate] = []
        end = 0
        for candidate in sorted(candidates, key=lambda c: (c.start, -c.end)):
            if candidate.start >= end:
                chosen.append(candidate)
                end = candidate.end
        sure = {c.spelling.districts[0] for c in chosen if len(c.spelling.districts) == 1}
        return tuple(self._mention(c, sure | set(context.districts)) for c in chosen)

    def _mention(self, candidate: Candidate, districts: set[str]) -> PlaceMention:
        spelling = candidate.spelling
        targets = [t for t in spelling.targets if t[0] in districts] or list(spelling.targets)
        found = tuple(dict.fromkeys(district for district, _ in targets))
        streets = {street for _, street in targets}
        return PlaceMention(
            start=candidate.start,
            end=candidate.end,
            kind=spelling.kind,
            district=found[0] if len(found) == 1 else None,
            street=targets[0][1] if len(streets) == 1 else None,
            name=spelling.text,
            confidence=candidate.likeness,
            districts=found,
        )


@cache
def bundled_finder() -> PlaceFinder:
    """The finder over the gazetteer that ships with the product."""
    return PlaceFinder(bundled_gazetteer())


def find_places(text: str, context: PlaceContext | None = None) -> tuple[PlaceMention, ...]:
    """The places of the bundled gazetteer said in ``text`` (typed or heard)."""
    return bundled_finder().find(text, context)
