"""Learning from use: what was done with articles at this seat, and what it says for the next search.

Everything is counted from what is kept, row by row: shown to the operator, gone when it is forgotten.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Deed(StrEnum):
    """What an operator did."""

    OPENED = "opened"
    CITED = "cited"
    USEFUL = "useful"
    NOT_USEFUL = "not_useful"
    NOTHING_FOUND = "nothing_found"
    GAP = "gap"


ABOUT_ARTICLES = (Deed.OPENED, Deed.CITED, Deed.USEFUL, Deed.NOT_USEFUL)
MISSING = (Deed.GAP, Deed.NOTHING_FOUND)
TYPING = timedelta(seconds=30)
"""A search in vain within this time of another that it goes on from is the same search."""
MOST_WORDS = 200
"""Characters that are kept of what was missing."""
POINTS: Mapping[Deed, float] = {
    Deed.OPENED: 0.5,
    Deed.CITED: 2.0,
    Deed.USEFUL: 3.0,
    Deed.NOT_USEFUL: -4.0,
}
MOST = 0.2
"""How much use can move a score up or down: it breaks ties, it never hides an answer."""
_HALF_WAY = 6.0
"""So many points move it by three quarters of that."""
ELSEWHERE = 1 / 3
"""What a deed counts in calls about other categories."""


def _new_id() -> str:
    from uuid import uuid4  # which looks at the machine when it is loaded

    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Use:
    """One deed. ``category`` is the top one of the ticket that was being written, if any; ``id``
    tells it from all others, also at the centre."""

    at: datetime
    deed: Deed
    article_id: str = ""
    category: str = ""
    words: str = ""
    id: str = field(default_factory=_new_id)


class Habits:
    """What the uses of a seat amount to."""

    def __init__(self, uses: Iterable[Use] = ()) -> None:
        self._counts: dict[str, Counter[tuple[Deed, str]]] = defaultdict(Counter)
        for use in uses:
            self.learn(use)

    def learn(self, use: Use) -> None:
        """Take in one more."""
        if use.article_id:
            self._counts[use.article_id][use.deed, use.category] += 1

    def forget(self, article_id: str | None = None) -> None:
        """Leave out one article's uses, or all."""
        if article_id is None:
            self._counts.clear()
        else:
            self._counts.pop(article_id, None)

    def counts(self, article_id: str) -> dict[Deed, int]:
        """How often each was done with an article."""
        known = self._counts.get(article_id, Counter())
        return {
            deed: sum(count for (done, _), count in known.items() if done is deed)
            for deed in ABOUT_ARTICLES
        }

    def likings(self, category: str = "") -> dict[str, float]:
        """Article id → factor on its score in a call about a category; 1 is left out."""
        found: dict[str, float] = {}
        for article_id, counts in self._counts.items():
            points = sum(
                POINTS[deed] * count * (1.0 if category and own == category else ELSEWHERE)
                for (deed, own), count in counts.items()
            )
            if points:
                found[article_id] = 1 + MOST * math.tanh(points / _HALF_WAY)
        return found
