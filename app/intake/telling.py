"""How each type of request is told 诉求类型的说法: learnt from calls, where no rule names the type.

Naive Bayes over the characters and pairs of characters of both speakers. What is learnt from are
``resources/rules/told.csv`` (invented calls) and the sentences on which the rules of types fire, so
that anybody can read it, and a call more is a line more.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from app.domain.call import Speaker, Utterance
from app.domain.ticket import RequestType
from app.intake.rulebook import bundled_rules
from resources.loader import resource_path

LONGEST = 600
"""Characters of each speaker that are read: a long call tells its type early."""
MOST = 3.0
"""So far it leans at most: a telling known by heart must not outweigh what was said."""
_SMOOTH, _SEEN = 0.5, 2
Lean = Mapping[RequestType, float]


def lean(talk: Sequence[Utterance]) -> Lean:
    """How much the telling speaks for each type (log odds of a usual term, -3 to 3)."""
    said = {
        speaker: "。".join(u.text for u in talk if u.speaker is speaker)[:LONGEST]
        for speaker in (Speaker.CALLER, Speaker.OPERATOR)
    }
    table = _learnt()
    known = [
        odds
        for term in _terms(said[Speaker.CALLER], said[Speaker.OPERATOR])
        if (odds := table.get(term))
    ]
    share = 1 / math.sqrt(max(len(known), 1))  # terms repeat each other
    said_for = {kind: share * sum(odds[at] for odds in known) for at, kind in enumerate(RequestType)}
    return {kind: min(max(odds, -MOST), MOST) for kind, odds in said_for.items()}


def _terms(caller: str, operator: str) -> set[str]:
    """Characters and pairs of characters, told apart by who said them."""
    return {*_pieces("c", caller), *_pieces("o", operator)}


def _pieces(mark: str, text: str) -> Iterator[str]:
    plain = text.replace("，", "").replace(" ", "")
    for start in range(len(plain)):
        yield mark + plain[start]
        yield mark + plain[start : start + 2]


def _told() -> Iterator[tuple[RequestType, str, str]]:
    rows = csv.DictReader(io.StringIO(resource_path("rules", "told.csv").read_text(encoding="utf-8")))
    for row in rows:
        yield RequestType(row["type"]), row["caller"], row["operator"]
    for rule in bundled_rules("types").rules:
        if rule.who is Speaker.CALLER:
            for sentence in rule.fires:
                yield RequestType(rule.gives["type"]), sentence, ""


@cache
def _learnt() -> Mapping[str, tuple[float, ...]]:
    """For each term the log odds of each type, in the order of ``RequestType``."""
    kinds = tuple(RequestType)
    counts: dict[RequestType, Counter[str]] = {kind: Counter() for kind in kinds}
    calls: Counter[RequestType] = Counter()
    for kind, caller, operator in _told():
        calls[kind] += 1
        counts[kind].update(_terms(caller, operator))
    everything: Counter[str] = sum(counts.values(), Counter())
    all_calls = calls.total()

    def odds(term: str, times: int, kind: RequestType) -> float:
        here = (counts[kind][term] + _SMOOTH) / (calls[kind] + 2 * _SMOOTH)
        elsewhere = (times - counts[kind][term] + _SMOOTH) / (all_calls - calls[kind] + 2 * _SMOOTH)
        return math.log(here / elsewhere)

    return {
        term: tuple(odds(term, times, kind) for kind in kinds)
        for term, times in everything.items()
        if times >= _SEEN
    }
