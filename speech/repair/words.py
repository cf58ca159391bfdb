"""Which characters of a text belong to ordinary words, so that repair leaves them alone."""

from __future__ import annotations

import re
from itertools import pairwise

import rjieba

_BROKEN = re.compile("[\ud800-\udfff]")
_HELPERS = frozenset("的了在是我你他这那有和也就都不很到把被给跟从")


class WordSpans:
    """The dictionary words of two and more characters in a text."""

    def __init__(self, text: str) -> None:
        self._owner: list[int] = []
        """Per character: number of the word it belongs to, -1 outside longer words."""
        self._names: set[tuple[int, int]] = set()
        self.text = text
        for number, (word, tag) in enumerate(rjieba.tag(_BROKEN.sub("\ufffd", text))):
            known = len(word) > 1 and bool(rjieba.has_word(word))
            if tag == "ns" or (len(word) > 2 and tag in ("nz", "nr")):
                self._names.add((len(self._owner), len(self._owner) + len(word)))
            self._owner += [number if known else -1] * len(word)

    def names_place(self, start: int, end: int) -> bool:
        """Whether the dictionary has exactly ``text[start:end]`` as a place's name."""
        return (start, end) in self._names

    def ordinary(self, start: int, end: int) -> float:
        """Share (0 to 1) of ``text[start:end]`` that ordinary words, or little helpers, account for."""
        span = self._owner[start:end]
        if not span:
            return 0.0
        helpers = sum(1 for char in self.text[start:end] if char in _HELPERS)
        return min(1.0, (sum(1 for owner in span if owner >= 0) + helpers / 2) / len(span))

    def cuts_word(self, start: int, end: int) -> bool:
        """Whether a border of ``text[start:end]`` runs through a dictionary word."""
        owners = [-1, *self._owner, -1]
        return any(
            left >= 0 and left == right
            for border in (start, end)
            for left, right in pairwise(owners[border : border + 2])
        )
