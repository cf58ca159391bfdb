"""Tickets as vectors: pieces of one to three characters and words, weighed by rarity (TF-IDF)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import rjieba
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

MAX_CHARS = 2_000
"""How much of a text counts; a long call says its matter early."""
MAX_TERMS = 400_000
MANY_TEXTS = 1_000
"""From so many texts on, a term that was seen once is left out."""
_WORD = "\t"
"""Marks a term as a word; texts have their white space made one blank, so no piece holds it."""

Floats = NDArray[np.float32]


def plain(text: str) -> str:
    """The text as it is counted: full-width forms folded, lower case, single blanks."""
    readable = text[:MAX_CHARS].encode(errors="replace").decode()  # no halves of characters
    return " ".join(unicodedata.normalize("NFKC", readable).lower().split())


def is_word(term: str) -> bool:
    """Whether a term is a word of two or more characters, fit to be shown as a reason."""
    return term.startswith(_WORD) and len(term) > 2 and any(c.isalpha() for c in term)


def shown(term: str) -> str:
    """A term as people read it."""
    return term.removeprefix(_WORD)


def terms(text: str) -> Iterator[str]:
    """All pieces and words of a text, repeated as often as they stand there."""
    words = plain(text)
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]
    for word in rjieba.cut(words):
        if not word.isspace():
            yield _WORD + word


@dataclass(frozen=True)
class Lexicon:
    """The terms that count, with their rarity (float32, one per term)."""

    terms: tuple[str, ...]
    rarity: Floats

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Term → column."""
        return {term: column for column, term in enumerate(self.terms)}

    @cached_property
    def words(self) -> NDArray[np.bool_]:
        """Which columns are words, not pieces."""
        return np.fromiter((term.startswith(_WORD) for term in self.terms), bool, len(self.terms))

    def vectors(self, texts: Sequence[str]) -> csr_matrix:
        """One row per text, length 1: half of it pieces, half of it words."""
        columns: list[int] = []
        counts: list[int] = []
        ends = [0]
        index = self.index
        for text in texts:
            found = Counter(index[term] for term in terms(text) if term in index)
            columns.extend(found)
            counts.extend(found.values())
            ends.append(len(columns))
        column = np.asarray(columns, dtype=np.int32)
        weight = (1 + np.log(np.asarray(counts, dtype=np.float32))) * self.rarity[column]
        row = np.repeat(np.arange(len(texts)), np.diff(ends))
        word = self.words[column]
        for part in (word, ~word):
            squares = np.bincount(row[part], weight[part] ** 2, len(texts))
            weight[part] /= np.sqrt(2 * np.maximum(squares, 1e-12))[row[part]]
        shape = (len(texts), len(self.terms))
        return csr_matrix((weight.astype(np.float32), column, np.asarray(ends)), shape=shape)


def learn_lexicon(texts: Sequence[str]) -> Lexicon:
    """The lexicon of some texts; the commonest terms where there are very many."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(terms(text)))
    least = 2 if len(texts) >= MANY_TEXTS else 1
    kept = sorted(term for term, times in seen.most_common(MAX_TERMS) if times >= least)
    times = np.fromiter((seen[term] for term in kept), np.float32, len(kept))
    return Lexicon(tuple(kept), (1 + np.log((1 + len(texts)) / (1 + times))).astype(np.float32))
