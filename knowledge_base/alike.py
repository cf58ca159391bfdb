"""Near-duplicates 近似重复: articles that say the same in nearly the same words.

Texts are compared by their runs of five characters (Broder's shingles). MinHash signatures find the
pairs worth a look among all articles; what is reported is the true share of common runs (Jaccard).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from knowledge_base.analysis import normalise
from knowledge_base.article import Article

ALIKE = 0.7
"""Share of common runs from which two articles count as near-duplicates."""
RUN = 5
_BANDS, _ROWS = 20, 4
"""A pair that shares seven tenths is missed once in two hundred times, one that shares half, mostly."""
_READ = 20_000
_CROWD = 50
"""So many articles with one signature are compared with the first of them only."""

Runs = NDArray[np.uint64]
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Alike:
    """Two articles and the share of their text that they have in common, up to 1."""

    first: Article
    second: Article
    share: float


def near_duplicates(
    articles: Sequence[Article], among: Collection[str] | None = None
) -> tuple[Alike, ...]:
    """The pairs of near-duplicates, most alike first; ``among`` = only pairs with one of these ids."""
    runs = [_runs(article) for article in articles]
    found: list[Alike] = []
    for one, other in sorted(_candidates(runs)):
        pair = (articles[one], articles[other])
        if among is None or pair[0].id in among or pair[1].id in among:
            share = _share(runs[one], runs[other])
            if share >= ALIKE:
                found.append(Alike(*pair, round(share, 3)))
    return tuple(sorted(found, key=lambda pair: -pair.share))


def _runs(article: Article) -> Runs:
    """The distinct runs of characters in title and body, each as a number; punctuation left out."""
    text = normalise(f"{article.title}{article.body[:_READ]}")
    letters = "".join(character for character in text if character.isalnum())
    codes = np.frombuffer(letters.encode("utf-32-le"), np.uint32).astype(np.uint64)
    if len(codes) < RUN:
        return np.unique(codes)
    hashed = np.zeros(len(codes) - RUN + 1, np.uint64)
    for place in range(RUN):
        hashed = (hashed ^ codes[place : len(codes) - RUN + 1 + place]) * _MIX
        hashed ^= hashed >> np.uint64(29)
    return np.unique(hashed)


def _candidates(runs: Iterable[Runs]) -> set[tuple[int, int]]:
    """Pairs of numbers whose signatures agree in at least one band."""
    chance = np.random.default_rng(2022)
    factors = chance.integers(1, 2**63, _BANDS * _ROWS, np.uint64) | np.uint64(1)
    bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for number, own in enumerate(runs):
        if len(own):
            signature = (own[:, None] * factors).min(axis=0)
            for band, part in enumerate(signature.reshape(_BANDS, _ROWS)):
                bands[band, part.tobytes()].append(number)
    return {pair for numbers in bands.values() for pair in _pairs(numbers)}


def _pairs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(numbers) > _CROWD:
        return ((numbers[0], other) for other in numbers[1:])
    return combinations(numbers, 2)


def _share(one: Runs, other: Runs) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)
