"""What past tickets mean: their sentence embeddings, by the knowledge base's own ``Embedder``.

A text is cut before it is embedded, which bounds the time of one prediction: 98 of 100 tickets are
shorter, and the words of the rest are counted in full.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.dispatch.learning.features import Floats, plain
from knowledge_base.embedding import Embedder

MATTER_CHARS = 128
"""How much of a ticket is embedded."""
_AT_ONCE = 64
_SHARP = 4.0
"""How fast likeness falls with the angle between two meanings."""
_STEPS = 127
Packed = NDArray[np.int8]


def matter(text: str) -> str:
    """What of a text is embedded."""
    return plain(text)[:MATTER_CHARS]


@dataclass(frozen=True)
class Meaning:
    """The meanings of past tickets: centred vectors of length 1 (float32, tickets × dimension)."""

    embedder: Embedder
    centre: Floats
    vectors: Floats

    def of(self, text: str) -> Floats:
        """The vector of one text, comparable with those of the tickets."""
        vector: Floats = directions(self.embedder.questions([matter(text)]), self.centre)[0]
        return vector

    def likeness(self, vector: Floats) -> Floats:
        """How alike in meaning each past ticket is, 0 to 1."""
        return nearness(self.vectors @ vector)


def learn_meaning(embedder: Embedder, texts: Sequence[str]) -> Meaning:
    """The meanings of some texts; the centre is their mean, which is what all tickets share."""
    matters = [matter(text) for text in texts]
    parts = [matters[start : start + _AT_ONCE] for start in range(0, len(matters), _AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the engine computes each text on one thread
        raw = np.concatenate([*pool.map(embedder.questions, parts)])
    centre = raw.mean(axis=0)
    return Meaning(embedder, centre, unpacked(packed(directions(raw, centre))))


def directions(raw: Floats, centre: Floats) -> Floats:
    """Vectors less what all share, of length 1."""
    moved = raw - centre
    result: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return result


def nearness(cosines: Floats) -> Floats:
    """The kernel of meaning: 1 for one direction, near 0 for unrelated ones."""
    result: Floats = np.exp(_SHARP * (cosines - 1))
    return result


def packed(vectors: Floats) -> Packed:
    """Vectors in a byte a number, as a file keeps them."""
    return np.rint(vectors * _STEPS).astype(np.int8)


def unpacked(vectors: Packed) -> Floats:
    """The other way."""
    return vectors.astype(np.float32) / np.float32(_STEPS)
