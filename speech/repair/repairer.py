"""The chain of repair steps over one utterance, and the memory of one call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from resources.places import Gazetteer, bundled_gazetteer
from speech.repair import addresses, numbers, punctuation, simplified, spacing, surnames
from speech.repair.finder import PlaceFinder, bundled_finder
from speech.repair.mentions import PlaceContext, PlaceMention
from speech.repair.terms import TermRepair, bundled_terms
from speech.repair.trail import Change, Edit, Trail
from speech.utterance import Speaker, Utterance

READ_BACK = 2.0
"""Weight of a place that the operator names: read back from the screen or the caller's words."""
LONGEST_HEARD = 2_000
"""Characters of an utterance (some seven minutes) from which on sounds are not searched: no speech."""
_ASKS_WHERE = re.compile(r"哪个[区街小镇乡]|哪里|哪儿|位置|地址|什么地方|什么位置")
_BROKEN = re.compile("[\ud800-\udfff]")
_HAN = re.compile(rf"[{spacing.HAN}]")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text, how it differs from the heard one, and the places it names."""

    text: str
    edits: tuple[Edit, ...]
    places: tuple[PlaceMention, ...]


class Repairer:
    """Repairs what an engine heard. Immutable after construction: safe to share between threads.

    ``words`` are a centre's own names and terms (units, estates, companies), two or more characters.
    ``finder`` finds the places of the gazetteer.
    """

    def __init__(self, gazetteer: Gazetteer | None = None, words: Iterable[str] = ()) -> None:
        own = gazetteer is not None and gazetteer is not bundled_gazetteer()
        self.finder = PlaceFinder(gazetteer) if own and gazetteer else bundled_finder()
        self._terms = TermRepair((*bundled_terms(), *words))

    def repair(
        self, heard: str, context: PlaceContext | None = None, name_asked: bool = False
    ) -> Repaired:
        """The text to show for ``heard``; a text without Chinese, or with broken characters, stays.

        ``name_asked``: it answers the question for the caller's name.
        """
        if not _HAN.search(heard) or _BROKEN.search(heard):
            return Repaired(heard, (), ())
        trail = Trail(heard)
        trail.apply(spacing.changes(trail.text), "spacing")
        trail.apply(simplified.changes(trail.text), "simplified")
        misheard = len(heard) <= LONGEST_HEARD
        if misheard:
            trail.apply(self._terms.changes(trail.text), "term")
        sounded = self.finder.find(trail.text, context, misheard=misheard)
        trail.apply(_respelled(trail.text, sounded), "place")
        written = self.finder.find(trail.text, context, misheard=False)
        trail.apply(addresses.changes(trail.text, written), "house")
        trail.apply(surnames.changes(trail.text, name_asked), "surname")
        trail.apply(numbers.changes(trail.text), "number")
        trail.apply(punctuation.changes(trail.text), "punctuation")
        final = self.finder.find(trail.text, context, misheard=False)
        return Repaired(trail.text, trail.edits(), tuple(_as_sure(final, sounded)))

    def hot_words(self, context: PlaceContext) -> tuple[str, ...]:
        """Names that are likely next, given what the call has said about places."""
        gazetteer = self.finder.gazetteer
        if not context.districts:
            return tuple(district.name for district in gazetteer.districts)
        district = max(context.districts, key=lambda name: context.districts[name])
        return (district, *(street.name for street in gazetteer.streets_of.get(district, ())))

    def for_call(self) -> CallRepair:
        """A repairer that remembers the places of one call."""
        return CallRepair(self)


def _respelled(text: str, places: Iterable[PlaceMention]) -> Iterable[Change]:
    for place in places:
        if text[place.start : place.end] != place.name:
            yield Change(place.start, place.end, place.name, place.confidence)


def _as_sure(final: Iterable[PlaceMention], sounded: Iterable[PlaceMention]) -> Iterator[PlaceMention]:
    """The final mentions, none surer than the sound it was repaired from."""
    sure: dict[str, float] = {}
    for place in sounded:
        sure[place.name] = min(place.confidence, sure.get(place.name, 1.0))
    for place in final:
        yield replace(place, confidence=min(place.confidence, sure.get(place.name, 1.0)))


class CallRepair:
    """Repairs the utterances of one call in turn; calling it is the recogniser's ``repair``.

    ``edits`` = what it changed, utterance by utterance.
    """

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self.context = PlaceContext()
        self.edits: list[tuple[Edit, ...]] = []
        self._name_asked = False
        self._decided: tuple[str, str | None] | None = None

    def decide(self, district: str | None, street: str | None) -> None:
        """Where the operator has written that it is; ``None`` = open again. Any thread."""
        self._decided = None if district is None else (district, street)

    def repair_utterance(self, utterance: Utterance) -> Utterance:
        """The utterance with its ``text`` repaired; ``heard`` stays."""
        operator = utterance.speaker is Speaker.OPERATOR
        answers = self._name_asked and not operator
        repaired = self._repairer.repair(utterance.text, self._known(), answers)
        self.edits.append(repaired.edits)
        self._name_asked = operator and surnames.asks(repaired.text)
        weight = READ_BACK if operator else 1.0
        asked = operator and _ASKS_WHERE.search(repaired.text) is not None
        self.context = replace(self.context.heard(repaired.places, weight), asked=asked)
        return replace(utterance, text=repaired.text)

    __call__ = repair_utterance

    def hot_words(self, speaker: Speaker) -> tuple[str, ...]:
        """Names to bias the decoder with: the districts, or the streets of the one in question.

        None for the operator before a place was heard: who greets and asks names none, and a decoder
        that waits for names writes them over short words.
        """
        known = self._known()
        if speaker is Speaker.OPERATOR and not known.districts:
            return ()
        return self._repairer.hot_words(known)

    def _known(self) -> PlaceContext:
        decided = self._decided
        return self.context if decided is None else self.context.decided(*decided)
