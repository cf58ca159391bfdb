"""BM25F over the postings of a snapshot: how well each article answers a weighted set of terms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from knowledge_base.snapshot import Found, IndexSnapshot

COMMON_GRAM = 0.4
"""A character or pair in more than this share of all articles is not looked for: slow, and no help."""
_FEW = 20

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. ``weight`` scales its score; ``spelling`` is how a sound was written."""

    kind: str
    text: str
    weight: float = 1.0
    spelling: str = ""


@dataclass(frozen=True)
class Scored:
    """A term with what the index knows about it."""

    term: Term
    found: Found
    size: int

    @cached_property
    def rarity(self) -> float:
        """The term's inverse document frequency; greatest for a term that stands nowhere."""
        holding = len(self.found.documents)
        return math.log(1 + (self.size - holding + 0.5) / (holding + 0.5))

    def gains(self) -> Scores:
        """What the term adds to the score of each article that holds it."""
        return np.float32(self.term.weight * self.rarity) * self.found.strengths

    def holders(self, documents: NDArray[np.int32]) -> list[bool]:
        """Which of the documents have the term."""
        held = self.found.documents
        if not len(held):
            return [False] * len(documents)
        places = np.minimum(held.searchsorted(documents), len(held) - 1)
        return (held[places] == documents).tolist()  # type: ignore[no-any-return]


def look_up(snapshot: IndexSnapshot, terms: Iterable[Term]) -> tuple[Scored, ...]:
    """The terms with their postings, without characters that stand nearly everywhere."""
    found = (Scored(term, snapshot.find(term.kind, term.text), snapshot.size) for term in terms)
    everywhere = max(COMMON_GRAM * snapshot.size, _FEW)
    return tuple(s for s in found if s.term.kind != "grams" or len(s.found.documents) <= everywhere)


def together(terms: tuple[Scored, ...]) -> tuple[Scored, ...]:
    """The terms, found only where all of them stand."""
    if len(terms) < 2:
        return terms
    common = reduce(np.intersect1d, (scored.found.documents for scored in terms))
    kept: list[Scored] = []
    for scored in terms:
        inside = np.isin(scored.found.documents, common)
        found = Found(scored.found.documents[inside], scored.found.strengths[inside])
        kept.append(Scored(scored.term, found, scored.size))
    return tuple(kept)


def total(snapshot: IndexSnapshot, terms: Iterable[Scored]) -> Scores:
    """The score of every document number."""
    scores = np.zeros(snapshot.size, np.float32)
    for scored in terms:
        scores[scored.found.documents] += scored.gains()
    return scores


def best(scores: Scores, limit: int) -> list[int]:
    """The documents with the highest scores above zero, best first, ties by number."""
    count = min(limit, int(np.count_nonzero(scores > 0)))
    if not count:
        return []
    chosen = np.argpartition(-scores, count - 1)[:count]
    edge = scores[chosen].min()
    chosen = np.flatnonzero(scores >= edge)
    ranked: list[int] = chosen[np.argsort(-scores[chosen], kind="stable")][:count].tolist()
    return ranked
