"""Find the places said in a text: one best reading in which the mentions support each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from resources.pinyin import syllables
from resources.places import Gazetteer, PlaceKind, bundled_gazetteer
from speech.repair.chain import best_chain
from speech.repair.evidence import (
    MISTAKEN_DISTRICT,
    NEVER,
    SURE,
    Candidate,
    Support,
    gain,
    tolerance,
)
from speech.repair.joint import JointNames
from speech.repair.mentions import PlaceContext, PlaceMention
from speech.repair.sounds import SoundIndex, Syllable, heard_syllables
from speech.repair.spellings import Spelling, name_sounds, spellings_of
from speech.repair.syllables import cost
from speech.repair.words import WordSpans

_NEAR = 2
"""Characters that may stand between two places that support each other."""
_HYPOTHESES = 6
_LONGEST = 300
"""Texts longer than this many characters are searched piece by piece."""
_FULL = Support(district=True, near=True, street=True)
_NONE = Support()


@dataclass(frozen=True)
class _Reading:
    """The candidates chosen under the assumption that the text is about ``district``."""

    district: str | None
    chosen: tuple[Candidate, ...]
    score: float


class PlaceFinder:
    """Finds places of one gazetteer. Immutable after construction: safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._spellings = list(spellings_of(gazetteer))
        self._by_text: dict[str, list[int]] = {}
        self._longest: dict[str, int] = {}
        for number, spelling in enumerate(self._spellings):
            text = spelling.text
            self._by_text.setdefault(text, []).append(number)
            self._longest[text[0]] = max(len(text), self._longest.get(text[0], 0))
        self._sounds = SoundIndex([name_sounds(spelling.text) for spelling in self._spellings])
        self._joint = JointNames(self._spellings)
        self._alone = np.array([tolerance(spelling, _NONE) for spelling in self._spellings])
        self._full = np.array([tolerance(spelling, _FULL) for spelling in self._spellings])
        local = [s.kind not in (PlaceKind.DISTRICT, PlaceKind.STREET) for s in self._spellings]
        self._local = np.array(local, dtype=bool)
        members: dict[str, list[int]] = {}
        for number, spelling in enumerate(self._spellings):
            for district in spelling.districts:
                members.setdefault(district, []).append(number)
        self._members: dict[str, NDArray[np.intp]] = {
            district.name: np.array(members.get(district.name, ()), dtype=np.intp)
            for district in gazetteer.districts
        }

    def find(
        self, text: str, context: PlaceContext | None = None, *, misheard: bool = True
    ) -> tuple[PlaceMention, ...]:
        """The places said in ``text``, in order, not overlapping.

        ``misheard=False`` takes only names that are written right: for typed or repaired text.
        """
        context = context or PlaceContext()
        found: list[PlaceMention] = []
        for start in range(0, len(text), _LONGEST):
            for mention in self._find(text[start : start + _LONGEST], context, start, misheard):
                found.append(mention)
                context = context.heard((mention,))
        return tuple(found)

    def _find(
        self, text: str, context: PlaceContext, offset: int, misheard: bool
    ) -> Iterator[PlaceMention]:
        words = WordSpans(text)
        candidates = list(self._written(text, words))
        heard = heard_syllables(text) if misheard else []
        wide = np.where(self._local, self._alone, self._full)
        candidates += self._heard(text, heard, words, wide)
        candidates += self._together(text, heard, words, candidates)
        districts = _hypotheses(context, candidates)
        limits = np.full(len(self._spellings), NEVER)
        for district in districts:
            limits[self._members[district]] = self._full[self._members[district]]
        limits[~self._local] = NEVER
        candidates += self._heard(text, heard, words, limits)
        if context.asked and not offset:
            candidates = [replace(c, answers=_answers(c)) for c in candidates]
        readings = [_read(candidates, None, context)]
        readings += [_read(candidates, district, context) for district in districts]
        best = max(readings, key=lambda reading: reading.score)
        best = replace(best, chosen=tuple(self._agreeing(best.chosen, text)))
        yield from _mentions(best, context, offset)

    def _agreeing(self, chosen: Sequence[Candidate], text: str) -> Iterator[Candidate]:
        """``chosen``, a district that cannot be as the one it sounds like (东城区台湖镇: 通州区)."""
        for said, behind in zip_longest(chosen, chosen[1:]):
            together = behind and not text[said.end : behind.start].strip(" ，,、的")
            home = _only_home(said, behind) if together else None
            numbers = self._by_text.get(home, ()) if home else ()
            name = next((self._spellings[number] for number in numbers), None)
            if name and _distance(text[said.start : said.end], name.text) <= MISTAKEN_DISTRICT:
                said = replace(said, spelling=name, cost=MISTAKEN_DISTRICT, written=False)
            yield said

    def _written(self, text: str, words: WordSpans) -> Iterator[Candidate]:
        for start, first in enumerate(text):
            for length in range(self._longest.get(first, 0), 1, -1):
                for number in self._by_text.get(text[start : start + length], ()):
                    spelling = self._spellings[number]
                    yield _candidate(spelling, start, start + length, 0.0, words, written=True)

    def _heard(
        self,
        text: str,
        syllables: Sequence[Syllable],
        words: WordSpans,
        limits: NDArray[np.float64],
    ) -> list[Candidate]:
        found = []
        for match in self._sounds.search(syllables, limits):
            spelling = self._spellings[match.name]
            dropped = match.end - match.start < len(spelling.text)
            short = self._local[match.name] and len(spelling.text) < 5
            if dropped and (short or spelling.stem_length < 3 < len(spelling.text)):
                continue  # a short name needs all its syllables, or it is made up
            start, end = syllables[match.start].start, syllables[match.end - 1].end
            if text[start:end] != spelling.text:
                found.append(_candidate(spelling, start, end, match.cost, words, written=False))
        return found

    def _together(
        self,
        text: str,
        syllables: Sequence[Syllable],
        words: WordSpans,
        known: Sequence[Candidate],
    ) -> list[Candidate]:
        """Districts heard as one name with their street, unless another name is written there."""
        written = [
            (c.start, c.end, c.spelling.text) for c in known if c.written and not c.spelling.weak
        ]
        found = []
        for parts in self._joint.find(text, syllables):
            names = [(part.start, part.end, self._spellings[part.name].text) for part in parts]
            if any(
                one != name and one[0] < name[1] and name[0] < one[1]
                for one in written
                for name in names
            ):
                continue
            found += [
                replace(
                    _candidate(self._spellings[p.name], p.start, p.end, p.cost, words, written=False),
                    joint=True,
                )
                for p, (start, end, name) in zip(parts, names, strict=True)
                if text[start:end] != name
            ]
        return found


def _only_home(said: Candidate, behind: Candidate) -> str | None:
    """The only district of a place that stands right behind the full name of another district."""
    plain = len(behind.spelling.text) < 3 or behind.ordinary > 0.5
    if said.spelling.kind is not PlaceKind.DISTRICT or said.spelling.weak or plain:
        return None
    homes = behind.spelling.districts
    sure = behind.cost <= SURE and behind.spelling.kind is not PlaceKind.DISTRICT
    if len(homes) > 1 or homes == said.spelling.districts or not sure:
        return None
    return homes[0]


def _distance(heard: str, name: str) -> float:
    """Cost per syllable of taking one for the other; 1 for another number of syllables."""
    if len(heard) != len(name):
        return 1.0
    pairs = zip(syllables(heard), name_sounds(name), strict=True)
    return sum(cost(said, right) for said, right in pairs) / len(name)


def _candidate(
    spelling: Spelling, start: int, end: int, cost: float, words: WordSpans, *, written: bool
) -> Candidate:
    stem = min(end, start + spelling.stem_length)
    last = spelling.text[-1] if written else words.text[end - 1]
    ordinary = words.ordinary(start, stem)
    return Candidate(
        start, end, spelling, cost, written, ordinary,
        cuts_word=words.cuts_word(start, stem if spelling.kind is PlaceKind.DISTRICT else end),
        known_name=words.names_place(start, end),
        last=last,
    )  # fmt: skip


def _hypotheses(context: PlaceContext, candidates: Iterable[Candidate]) -> list[str]:
    """The districts this text may be about, most likely first."""
    scores: dict[str, float] = {name: 3 * weight for name, weight in context.districts.items()}
    for candidate in candidates:
        worth = len(candidate.spelling.text) * max(0.0, 1 - 4 * candidate.cost)
        for district in candidate.spelling.districts:
            scores[district] = max(scores.get(district, 0.0), worth)
    return sorted(scores, key=lambda name: -scores[name])[:_HYPOTHESES]


def _answers(candidate: Candidate) -> bool:
    area = candidate.spelling.kind in (PlaceKind.DISTRICT, PlaceKind.STREET)
    return area and not candidate.start and not candidate.spelling.weak


def _seed(candidate: Candidate) -> bool:
    """Whether a candidate is believed on its own and so can speak for its district."""
    return gain(candidate, _NONE) > 0


def _read(candidates: Sequence[Candidate], district: str | None, context: PlaceContext) -> _Reading:
    """The best reading if the text is about ``district``; grown outwards from what is sure."""
    known = context.districts.get(district, 0.0) if district else 0.0
    streets = {street for home, street in context.streets if home == district}
    chosen: tuple[Candidate, ...] = ()
    score = 0.0
    for _ in range(4):
        about = known > 0 or any(district in c.spelling.districts and _seed(c) for c in chosen)
        weighed = [
            (candidate, gain(candidate, _support(candidate, district, about, chosen, streets)))
            for candidate in candidates
        ]
        grown = best_chain([(c.start, c.end, worth, (c, worth)) for c, worth in weighed if worth > 0])
        score = sum(worth for _, worth in grown) + min(1.0, known)
        settled = tuple(c for c, _ in grown) == chosen
        chosen = tuple(c for c, _ in grown)
        if settled:
            break
    return _Reading(district, chosen, score)


def _support(
    candidate: Candidate,
    district: str | None,
    about: bool,
    chosen: Sequence[Candidate],
    streets: set[str],
) -> Support:
    spelling = candidate.spelling
    if district is None or not about or district not in spelling.districts:
        return _NONE
    others = [c for c in chosen if c.spelling is not spelling and district in c.spelling.districts]
    near = any(
        -_NEAR <= candidate.start - c.end <= _NEAR or -_NEAR <= c.start - candidate.end <= _NEAR
        for c in others
    )
    said = streets | {s for c in others for home, s in c.spelling.targets if s and home == district}
    inside = any(home == district and street in said for home, street in spelling.targets)
    return Support(district=True, near=near, street=inside)


def _mentions(reading: _Reading, context: PlaceContext, offset: int) -> Iterator[PlaceMention]:
    sure = {c.spelling.districts[0] for c in reading.chosen if len(c.spelling.districts) == 1}
    sure |= {reading.district} if reading.district else set(context.districts)
    for candidate in reading.chosen:
        spelling = candidate.spelling
        targets = [t for t in spelling.targets if t[0] in sure] or list(spelling.targets)
        found = tuple(dict.fromkeys(district for district, _ in targets))
        streets = {street for _, street in targets}
        yield PlaceMention(
            start=candidate.start + offset,
            end=candidate.end + offset,
            kind=spelling.kind,
            district=found[0] if len(found) == 1 else None,
            street=targets[0][1] if len(streets) == 1 else None,
            name=spelling.text,
            confidence=round(candidate.confidence * (0.8 if spelling.weak else 1.0), 3),
            districts=found,
        )


@cache
def bundled_finder() -> PlaceFinder:
    """The finder over the gazetteer that ships with the product."""
    return PlaceFinder(bundled_gazetteer())


def find_places(
    text: str, context: PlaceContext | None = None, *, misheard: bool = True
) -> tuple[PlaceMention, ...]:
    """The places of the bundled gazetteer said in ``text`` (typed or heard)."""
    return bundled_finder().find(text, context, misheard=misheard)
