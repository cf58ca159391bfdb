"""A small embedder for tests: texts are close when they share pairs of characters or known meanings."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from knowledge_base.embedding import Embeddings

ALIKE = {"页面打不开": "宽带故障"}


class GramEmbedder:
    """Counts pairs of characters, after ``ALIKE`` words are brought to one form."""

    name = "grams"
    dimension = 256
    unrelated = 0.1

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def questions(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what somebody asks."""
        return np.stack([self._vector(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what may answer; the texts are remembered."""
        self.embedded += texts
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Embeddings:
        for said, meant in ALIKE.items():
            text = text.replace(said, meant)
        vector = np.full(self.dimension, 0.01, np.float32)
        for a, b in pairwise(text):
            vector[zlib.crc32((a + b).encode(errors="replace")) % self.dimension] += 1
        return vector / np.linalg.norm(vector)
