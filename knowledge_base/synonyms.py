"""From citizens' words to official words: 没水 is answered by articles on 供水抢修."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from knowledge_base.analysis import normalise
from resources.loader import read_yaml


class Lexicon:
    """Groups of what people say and what documents call it, found anywhere in a text."""

    def __init__(self, groups: Iterable[tuple[Iterable[str], Iterable[str]]]) -> None:
        """Groups of (what is said, what is meant)."""
        self._meant: dict[str, tuple[str, ...]] = {}
        for said, meant in groups:
            official = tuple(normalise(word) for word in meant)
            for phrase in map(normalise, said):
                self._meant[phrase] = tuple(dict.fromkeys((*self._meant.get(phrase, ()), *official)))
        self._longest = max(map(len, self._meant), default=0)

    def __len__(self) -> int:
        """How many sayings it knows."""
        return len(self._meant)

    def find(self, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each saying in a normalised text, longest first at each place, with its official words."""
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + self._longest), start, -1):
                meant = self._meant.get(text[start:end])
                if meant:
                    yield text[start:end], meant
                    start = end - 1
                    break
            start += 1


@cache
def bundled_lexicon() -> Lexicon:
    """The lexicon that ships with the product."""
    groups = read_yaml("knowledge", "synonyms.yaml")["groups"]
    return Lexicon((group["say"], group["mean"]) for group in groups)
