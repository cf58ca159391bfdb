"""Ask-back 追问: the one question that removes most doubt about the unit and the required fields.

The gain of a question is estimated in bits: how many equally likely units (or field values) its
answer would tell apart, weighed by how much the unit depends on it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.dispatch.catalogue import CatalogueItem, PlaceRule
from app.dispatch.catalogue import Question as ItemQuestion
from app.dispatch.matcher import Match, Said
from app.dispatch.suggest import STREET
from app.domain.call import Speaker
from app.domain.ticket import Handling, RequestType, UnitSuggestion
from resources.texts import text
from speech.utterance import INCOMPLETE

DISTRICT_BITS = math.log2(16)
STREET_BITS = math.log2(349 / 16)
PLACE_BITS = 1.5
UNKNOWN_MATTER_BITS = 5.0
SAFETY_BITS = 6.0
OWNERSHIP_BITS = 4.2
ITEM_BITS = 0.9
CALLER_BITS = 0.3
HALF_HEARD_BITS = 3.5
"""A number the caller said but nobody heard whole: they are about to hang up believing we have it."""
ENOUGH = 0.25
"""Below this many bits a question is not worth the caller's time."""
_ALIKE = 0.5
_HALF_HEARD = re.compile(rf"\d{INCOMPLETE}")


@dataclass(frozen=True, slots=True)
class AskBack:
    """A question to read out, the field it settles and its estimated gain in bits."""

    wording: str
    field: str
    bits: float


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ticket says so far, and who said what."""

    matches: Sequence[Match]
    district: str | None
    street: str | None
    place: str | None
    caller_name: str | None
    caller_phone: str | None
    said: Said
    handling: Handling | None

    def spoken(self, speaker: Speaker) -> str:
        """All that one speaker said, turns apart."""
        return "\n".join(words for who, words in self.said if who is speaker)

    @property
    def item(self) -> CatalogueItem | None:
        """The catalogue item believed in most."""
        return self.matches[0].item if self.matches else None


def next_question(
    matches: Sequence[Match],
    *,
    district: str | None,
    street: str | None,
    place: str | None,
    caller_name: str | None,
    caller_phone: str | None,
    said: Said,
    suggestions: Sequence[UnitSuggestion] = (),
    handling: Handling | None = None,
) -> AskBack | None:
    """The question with the greatest gain, or ``None`` when nothing worth asking is open.

    A question the operator has already put is not offered again. ``suggestions`` with a clear
    leader make questions about the unit worth less.
    """
    if handling is Handling.OTHER_CHANNEL:
        return None
    known = _Known(matches, district, street, place, caller_name, caller_phone, said, handling)
    if not known.spoken(Speaker.CALLER).strip():
        return None
    asked = [words for who, words in said if who is Speaker.OPERATOR]
    certainty = suggestions[0].score if suggestions else 0.0
    candidates = [*_about_matter(known, certainty), *_about_place(known)]
    if handling is not Handling.ANSWER:
        candidates += _about_caller(known)
    open_questions = [c for c in candidates if c.bits >= ENOUGH and not _asked(c.wording, asked)]
    return max(open_questions, key=lambda candidate: candidate.bits, default=None)


def _about_matter(known: _Known, certainty: float) -> Iterator[AskBack]:
    item = known.item
    if item is None:
        yield AskBack(text("dispatch.ask_matter", "zh"), "category", UNKNOWN_MATTER_BITS)
        return
    rivals = [m for m in known.matches if m.confidence >= 0.2 and m.item.lead != item.lead]
    if rivals:
        first, second = item, rivals[0].item
        wording = text("dispatch.ask_which", "zh", first=first.name, second=second.name)
        yield AskBack(wording, "category", 4 * _entropy([m.confidence for m in known.matches]))
    open_ones = [q for q in item.questions if not _settled(q, known)]
    for rank, question in enumerate(open_ones):
        if item.limit_hours == 2 or known.handling is Handling.EMERGENCY:
            bits = SAFETY_BITS
        elif item.place_rule is PlaceRule.OWNERSHIP:
            bits = OWNERSHIP_BITS
        else:
            bits = ITEM_BITS * (1.2 - 0.4 * certainty)
        yield AskBack(question.wording, f"question.{item.code}", bits * 0.7**rank)


def _entropy(shares: Sequence[float]) -> float:
    total = sum(shares) or 1.0
    return -sum(s / total * math.log2(s / total) for s in shares if s > 0)


def _settled(question: ItemQuestion, known: _Known) -> bool:
    """Whether one of the words that answer the question was said.

    In danger the operator gives instructions instead of asking: those settle it as well.
    """
    words = known.spoken(Speaker.CALLER)
    if known.handling is Handling.EMERGENCY:
        words += known.spoken(Speaker.OPERATOR)
    return any(word in words for word in question.settled_by)


def _about_place(known: _Known) -> Iterator[AskBack]:
    item = known.item
    if item is None:
        return
    local = item.place_rule is not PlaceRule.CITY or known.handling is Handling.EMERGENCY
    answering = known.handling is Handling.ANSWER
    if known.district is None:
        bits = DISTRICT_BITS if local else DISTRICT_BITS / 2
        wording = "dispatch.ask_district" if answering else "dispatch.ask_address"
        yield AskBack(text(wording, "zh"), "district", bits * (0.3 if answering else 1.0))
    elif answering:
        return
    elif known.street is None:
        weight = 1.0 if item.lead == STREET else 0.5 if STREET in item.assist or local else 0.25
        if known.handling is Handling.EMERGENCY:
            weight = 1.0
        yield AskBack(
            text("dispatch.ask_street", "zh", district=known.district), "street", STREET_BITS * weight
        )
    elif known.place is None and item.type is not RequestType.PRAISE:
        bits = PLACE_BITS if local else PLACE_BITS / 2
        yield AskBack(text("dispatch.ask_place", "zh", street=known.street), "place", bits)


def _about_caller(known: _Known) -> Iterator[AskBack]:
    if known.caller_name is None:
        yield AskBack(text("dispatch.ask_name", "zh"), "caller.name", CALLER_BITS * 1.3)
    if known.caller_phone is None:
        if _HALF_HEARD.search(known.spoken(Speaker.CALLER)):
            yield AskBack(text("dispatch.ask_phone_again", "zh"), "caller.phone", HALF_HEARD_BITS)
        yield AskBack(text("dispatch.ask_phone", "zh"), "caller.phone", CALLER_BITS)


def _pairs(words: str) -> set[str]:
    plain = [c for c in words if "一" <= c <= "鿿"]
    return {a + b for a, b in pairwise(plain)}


def _asked(wording: str, asked: Sequence[str]) -> bool:
    """Whether the operator has said nearly these words, measured by shared character pairs."""
    wanted = _pairs(wording)
    return any(len(wanted & _pairs(words)) >= _ALIKE * len(wanted) for words in asked)
