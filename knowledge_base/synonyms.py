"""From citizens' words to official words: 没水 is answered by articles on 供水抢修."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from knowledge_base.analysis import normalise
from resources.loader import read_yaml

MOST_SAYINGS, LONGEST = 20_000, 40


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
    return Lexicon(_bundled_groups())


@cache
def _bundled_groups() -> tuple[tuple[list[str], list[str]], ...]:
    groups = read_yaml("knowledge", "synonyms.yaml")["groups"]
    return tuple((group["say"], group["mean"]) for group in groups)


def lexicon_on_top(table: Any) -> Lexicon:
    """A centre's own groups (``groups: [{say: […], mean: […]}]``) beside those that ship.

    Raises ``ValueError`` for what is none, and for a saying of one character: it stands everywhere.
    """
    groups = []
    for group in _strings_only(table):
        say, mean = group["say"], group["mean"]
        if not say or not mean or min(len(normalise(word)) for word in say) < 2:
            raise ValueError(f"say, mean: {'/'.join(say)[:LONGEST]}")
        groups.append((say, mean))
    if not 0 < sum(len(say) for say, _ in groups) <= MOST_SAYINGS:
        raise ValueError(f"groups: 1-{MOST_SAYINGS}")
    return Lexicon((*_bundled_groups(), *groups))


def _strings_only(table: Any) -> Iterator[dict[str, list[str]]]:
    if (
        not isinstance(table, dict)
        or table.keys() != {"groups"}
        or not isinstance(table["groups"], list)
    ):
        raise ValueError("groups")
    for number, group in enumerate(table["groups"], 1):
        if not isinstance(group, dict) or group.keys() != {"say", "mean"}:
            raise ValueError(f"{number}: say, mean")
        for words in group.values():
            if not isinstance(words, list) or not all(
                isinstance(word, str) and 0 < len(word.strip()) <= LONGEST for word in words
            ):
                raise ValueError(f"{number}: 1-{LONGEST}")
        yield group
