"""One fixed state of the index, as searches read it; safe to use from several threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.article import Article
from knowledge_base.building import Facts
from knowledge_base.filters import Facets

SATURATION = 1.2
"""BM25's k1: how soon a repeated word stops counting."""
_CACHED_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """The articles that hold a term: numbers, ascending, and how strongly, from 0 to 1 (saturated)."""

    documents: NDArray[np.int32]
    strengths: NDArray[np.float32]


class IndexSnapshot(Protocol):
    """What scoring needs of an index, whatever engine keeps it.

    Documents are numbers below ``size``. Deleted ones keep their number and have ``alive`` false.
    """

    size: int
    """How many document numbers there are."""
    alive: NDArray[np.bool_]
    """Which documents exist, by number."""
    facts: tuple[Facts, ...]
    """What the filters need, by number."""
    facets: Facets
    """The facts by column."""
    numbers: dict[str, int]
    """Article id → document number, of the documents that exist."""

    def find(self, kind: str, term: str) -> Found:
        """Where a term stands; ``kind`` is ``words``, ``grams``, ``sounds`` or ``initials``."""

    def article(self, document: int) -> Article:
        """The stored article of a document."""


class WhooshSnapshot:
    """An open Whoosh reader: searches read its postings as arrays, with the latest terms kept."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._leaves = reader.leaf_readers() if reader.doc_count_all() else []
        self.readers = 0
        """How many searches are using it; kept by the index."""
        self._lock = threading.Lock()
        self._terms: OrderedDict[tuple[str, str], Found] = OrderedDict()
        self._cached = 0
        self.size: int = reader.doc_count_all()
        self.facts: tuple[Facts, ...] = tuple(self._read_facts())
        self.facets = Facets.of(self.facts)
        self.alive = np.ones(self.size, np.bool_)
        for leaf, base in self._leaves:
            if leaf.has_deletions():
                self.alive[[base + number for number in leaf.segment().deleted_docs()]] = False
        self.numbers = {self.facts[number][0]: number for number in np.flatnonzero(self.alive).tolist()}

    def _read_facts(self) -> list[Facts]:
        found: list[Facts] = []
        for leaf, _ in self._leaves:
            column = leaf.column_reader("facts", translate=False)
            found += [column[number] for number in range(leaf.doc_count_all())]
            if leaf.doc_count_all():
                leaf.stored_fields(0)  # open them now: a newer state's writer may sweep the file away
        return found

    @property
    def segments(self) -> int:
        """How many Whoosh segments a search has to look into."""
        return len(self._leaves)

    def find(self, kind: str, term: str) -> Found:
        """Where a term stands."""
        key = (kind, term)
        with self._lock:
            found = self._terms.get(key)
            if found is None:
                found = self._terms[key] = self._read(kind, term.encode(errors="replace"))
                self._cached += _size(found)
                while self._cached > _CACHED_BYTES:
                    self._cached -= _size(self._terms.popitem(last=False)[1])
            else:
                self._terms.move_to_end(key)
        return found

    def _read(self, kind: str, term: bytes) -> Found:
        documents, weights = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for leaf, base in self._leaves:
            numbers, counts = leaf._terms.postings(kind, term)
            documents.append(numbers.astype(np.int32) + np.int32(base))
            weights.append(counts.astype(np.float32))
        found, weight = np.concatenate(documents), np.concatenate(weights)
        if not self.alive.all():
            keep = self.alive[found]
            found, weight = found[keep], weight[keep]
        return Found(found, weight / (SATURATION + weight))

    def article(self, document: int) -> Article:
        """The stored article of a document."""
        with self._lock:
            return Article(*self._reader.stored_fields(document)["article"])

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._reader.close()


def _size(found: Found) -> int:
    return found.documents.nbytes + found.strengths.nbytes + 200
