"""How each type of request is told 诉求类型的说法: learnt from calls, where no rule names the type.

Ridge regression over the characters and pairs of characters of both speakers. What it learns from is
``resources/rules/told.csv`` (invented calls), so that anybody can read it, and a call more is a line
more.
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
from resources.loader import resource_path

LONGEST = 600
"""Characters of each speaker that are read: a long call tells its type early."""
OPERATOR_SHARE = 0.7
"""What the operator's words count beside the caller's."""
_RIDGE, _ALWAYS, _SEEN = 0.3, 0.45, 2
_BEGIN = ""
"""Stands for what holds for every call: no term is empty."""
Lean = Mapping[RequestType, float]


def lean(talk: Sequence[Utterance]) -> Lean:
    """How much the telling speaks for each type: near 1 for the right one, -1 for others."""
    said = [
        "。".join(u.text for u in talk if u.speaker is speaker)
        for speaker in (Speaker.CALLER, Speaker.OPERATOR)
    ]
    if not any(said):
        return dict.fromkeys(RequestType, 0.0)
    rarity, weights = _learnt()
    sums = [0.0] * len(RequestType)
    for term, share in _shares(said[0], said[1], rarity).items():
        for at, weight in enumerate(weights[term]):
            sums[at] += share * weight
    return dict(zip(RequestType, sums, strict=True))


def _shares(caller: str, operator: str, rarity: Mapping[str, float]) -> dict[str, float]:
    """What each known term counts: rare ones more, those of each speaker 1 in all."""
    shares = {_BEGIN: _ALWAYS}
    for mark, text, all_in_all in (("c", caller, 1.0), ("o", operator, OPERATOR_SHARE)):
        times = Counter(term for term in _pieces(mark, text) if term in rarity)
        own = {term: (1 + math.log(n)) * rarity[term] for term, n in times.items()}
        length = math.sqrt(sum(share * share for share in own.values())) or 1.0
        shares |= {term: all_in_all * share / length for term, share in own.items()}
    return shares


def _pieces(mark: str, text: str) -> Iterator[str]:
    """Characters and pairs of characters, told apart by who said them."""
    plain = text[:LONGEST].replace("，", "").replace(" ", "")
    for start in range(len(plain)):
        yield mark + plain[start]
        if start + 1 < len(plain):
            yield mark + plain[start : start + 2]


def _told() -> Iterator[tuple[RequestType, str, str]]:
    rows = csv.DictReader(io.StringIO(resource_path("rules", "told.csv").read_text(encoding="utf-8")))
    for row in rows:
        yield RequestType(row["type"]), row["caller"], row["operator"]


@cache
def _learnt() -> tuple[Mapping[str, float], Mapping[str, Sequence[float]]]:
    """How rare each term is, and what it weighs for each type, in the order of ``RequestType``."""
    import numpy as np  # only where the first call is read: the window opens without it

    calls = list(_told())
    seen = Counter(
        term
        for _, caller, operator in calls
        for term in {*_pieces("c", caller), *_pieces("o", operator)}
    )
    rarity = {
        term: math.log((1 + len(calls)) / (1 + times)) + 1
        for term, times in seen.items()
        if times >= _SEEN
    }
    column = {term: at for at, term in enumerate((_BEGIN, *rarity))}
    terms = np.zeros((len(calls), len(column)), np.float32)
    for row, (_, caller, operator) in enumerate(calls):
        shares = _shares(caller, operator, rarity)
        terms[row, [column[term] for term in shares]] = list(shares.values())
    wanted = np.array([[1.0 if kind is one else -1.0 for one in RequestType] for kind, _, _ in calls])
    alike = (terms @ terms.T).astype(float) + _RIDGE * np.eye(len(calls))
    weights = terms.T @ np.linalg.solve(alike, wanted).astype(np.float32)
    return rarity, {term: tuple(weights[at].tolist()) for term, at in column.items()}
