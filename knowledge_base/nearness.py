"""How near articles are to a question: cosines, freed of what has nothing to do with the subject.

Three corrections, each from the articles alone: all questions share a direction, and all passages
another one (being a question, being official); passages repeat their title and would count it twice;
some articles are near to everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.vector_file import HalfVectors

TITLE_SHARE = 0.2
"""What nearness of the title takes away again from that of a passage under this title."""
CROWD_SHARE = 0.5
"""How much it tells against an article that it is near to the titles of others."""
CROWD = 1 / 90
"""Share of other titles, the nearest ones, that make the crowd of an article."""
SAMPLE = 512
"""Titles that stand for all questions."""
_FEW = 50
"""With so many articles, what they share is believed by half."""
_ROWS = 64

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Nearness:
    """The corrected vectors of some documents, for one product per question."""

    documents: NDArray[np.int32]
    own: Sequence[HalfVectors]
    """Per document what its embedder gave: first its title as a question, then its passages."""
    matrix: Vectors
    starts: NDArray[np.int64]
    common: Vectors
    crowds: Vectors

    @classmethod
    def of(cls, documents: Sequence[int], own: Sequence[HalfVectors], dimension: int) -> Nearness:
        """Correct the vectors of documents; takes a few seconds for 20,000."""
        if not own:
            nothing = np.empty((0, dimension), np.float32)
            none = np.empty(0, np.float32)
            return cls(np.empty(0, np.int32), (), nothing, np.empty(0, np.int64), none, none)
        trust = np.float32(len(own) / (len(own) + _FEW))
        titles = np.stack([vectors[0] for vectors in own]).astype(np.float32)
        matrix = np.concatenate([vectors[1:] for vectors in own]).astype(np.float32)
        counts = np.fromiter((len(vectors) - 1 for vectors in own), np.int64, len(own))
        starts = np.cumsum(counts) - counts
        common = trust * titles.mean(0)
        titles = _unit(titles - common)
        matrix = _unit(matrix - trust * matrix.mean(0))
        crowds = trust * CROWD_SHARE * _crowds(titles, matrix, starts)
        matrix -= np.float32(TITLE_SHARE) * np.repeat(titles, counts, axis=0)
        return cls(np.array(documents, np.int32), own, matrix, starts, common, crowds)

    def scores(self, question: Vectors) -> Vectors:
        """Per document how near its best passage is; comparable within one question."""
        products = self.matrix @ _unit((question - self.common)[None])[0]
        return np.asarray(np.maximum.reduceat(products, self.starts) - self.crowds)

    def cosine(self, place: int, question: Vectors) -> float:
        """The plain cosine of the best passage of the document at a place."""
        return float((self.own[place][1:].astype(np.float32) @ question).max())


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-6), np.float32)


def _crowds(titles: Vectors, matrix: Vectors, starts: NDArray[np.int64]) -> Vectors:
    """Per document the mean nearness of the titles nearest to it, its own left out."""
    chosen = np.linspace(0, len(titles) - 1, min(SAMPLE, len(titles))).astype(np.int64)
    count = max(1, round(CROWD * len(chosen)))
    near = np.empty((len(chosen), len(titles)), np.float32)
    for at in range(0, len(chosen), _ROWS):
        products = titles[chosen[at : at + _ROWS]] @ matrix.T
        near[at : at + _ROWS] = np.maximum.reduceat(products, starts, axis=1)
    near[np.arange(len(chosen)), chosen] = -1
    return np.asarray(np.partition(near, -count, axis=0)[-count:].mean(0), np.float32)
