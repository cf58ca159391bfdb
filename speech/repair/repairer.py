"""The chain of repair steps over one utterance, and the memory of one call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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
    """

    def __init__(self, gazetteer: Gazetteer | None = None, words: Iterable[str] = ()) -> None:
        own = gazetteer is not None and gazetteer is not bundled_gazetteer()
        self._finder = PlaceFinder(gazetteer) if own and gazetteer else bundled_finder()
        self._terms = TermRepair((*bundled_terms(), *words))

    def repair(self, heard: str, context: PlaceContext | None = None) -> Repaired:
        """The text to show for ``heard``; a text without Chinese stays as it is."""
        if not _HAN.search(heard):
            return Repaired(heard, (), ())
        trail = Trail(heard)
        trail.apply(spacing.changes(trail.text), "spacing")
        trail.apply(simplified.changes(trail.text), "simplified")
        trail.apply(self._terms.changes(trail.text), "term")
        places = self._finder.find(trail.text, context)
        trail.apply(_respelled(trail.text, places), "place")
        places = self._finder.find(trail.text, context)
        for rule, step in _AFTER:
            if rule == "house":
                trail.apply(addresses.changes(trail.text, places), rule)
            trail.apply(step(trail.text), rule)
        return Repaired(trail.text, trail.edits(), self._finder.find(trail.text, context))

    def for_call(self) -> CallRepair:
        """A repairer that remembers the places of one call."""
        return CallRepair(self)


_AFTER: tuple[tuple[str, Callable[[str], Iterable[Change]]], ...] = (
    ("surname", surnames.changes),
    ("house", lambda text: ()),
    ("number", numbers.changes),
    ("punctuation", punctuation.changes),
)


def _respelled(text: str, places: Iterable[PlaceMention]) -> Iterable[Change]:
    for place in places:
        if text[place.start : place.end] != place.name:
            yield Change(place.start, place.end, place.name, place.confidence)


class CallRepair:
    """Repairs the utterances of one call in turn; calling it is the recogniser's ``repair``."""

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self.context = PlaceContext()

    def repair_utterance(self, utterance: Utterance) -> Utterance:
        """The utterance with its repaired text; ``heard`` stays."""
        repaired = self._repairer.repair(utterance.heard, self.context)
        weight = READ_BACK if utterance.speaker is Speaker.OPERATOR else 1.0
        self.context = self.context.heard(repaired.places, weight)
        return replace(utterance, text=repaired.text)

    __call__ = repair_utterance
