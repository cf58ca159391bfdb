"""A posting format for Whoosh that is written and read as whole arrays.

Whoosh's own format pickles blocks of 128 postings in Python, which limits it to a few hundred articles
a second. Here a term's postings are one run of bytes: document numbers as ``u2``, then weights as
``f2``, little-endian. Dictionary, segments, deletions and stored fields stay Whoosh's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermInfo, W3TermsReader
from whoosh.matching.mcore import ListMatcher

MAX_SEGMENT = 1 << 16
"""A segment holds fewer articles than this, so that a document number fits into two bytes."""

Documents = NDArray[np.uint16]
Weights = NDArray[np.float16]
_POSTING_BYTES = 4
_TERM_INFO = np.dtype(
    [
        ("inlined", "u1"),
        ("weight", ">f4"),
        ("count", ">u4"),
        ("shortest", "u1"),
        ("longest", "u1"),
        ("heaviest", ">f4"),
        ("first", ">u4"),
        ("last", ">u4"),
        ("offset", ">i8"),
        ("length", ">i4"),
    ]
)
"""How ``W3TermInfo.to_bytes`` lays a term out in the dictionary."""
assert _TERM_INFO.itemsize == W3TermInfo._struct.size + 12


class PackedFieldWriter(W3FieldWriter):
    """Writes all postings of a field from sorted arrays."""

    def write_field(
        self,
        name: str,
        field: Any,
        terms: Iterable[bytes],
        bounds: NDArray[np.int64],
        documents: Documents,
        weights: Weights,
    ) -> None:
        """Write a field whose ``terms`` come in byte order.

        The postings of term *i* are the slice ``bounds[i]:bounds[i + 1]`` of the two arrays.
        """
        self.start_field(name, field)
        if len(documents):
            infos = self._write_postings(bounds, documents.astype("<u2"), weights.astype("<f2"))
            prefix = self._fieldmap[name].to_bytes(2, "big")
            size = _TERM_INFO.itemsize
            for i, term in enumerate(terms):
                self._tindex.add(prefix + term, infos[i * size : (i + 1) * size])
        self.finish_field()

    def _write_postings(
        self, bounds: NDArray[np.int64], documents: Documents, weights: Weights
    ) -> bytes:
        """Write all runs one after the other; returns what Whoosh keeps about each term, likewise."""
        low, high = bounds[:-1], bounds[1:]
        counts = high - low
        runs = np.empty(2 * len(documents), "<u2")
        places = np.arange(len(documents))
        runs[places + np.repeat(low, counts)] = documents
        runs[places + np.repeat(high, counts)] = weights.view("<u2")
        infos = np.zeros(len(counts), _TERM_INFO)
        infos["weight"] = np.add.reduceat(weights.astype(np.float32), low)
        infos["count"] = counts
        infos["heaviest"] = np.maximum.reduceat(weights, low)
        infos["first"], infos["last"] = documents[low], documents[high - 1]
        infos["offset"] = self._postfile.tell() + _POSTING_BYTES * low
        infos["length"] = _POSTING_BYTES * counts
        self._postfile.write(runs.tobytes())
        return infos.tobytes()


class PackedTermsReader(W3TermsReader):
    """Reads a term's postings without a loop."""

    def postings(self, field: str, term: bytes) -> tuple[Documents, Weights]:
        """Ascending document numbers of this segment and their weights; empty for an unknown term."""
        key = self._keycoder(field, term)
        try:
            info = W3TermInfo.from_bytes(self._tindex[key])
        except KeyError:
            return np.empty(0, np.uint16), np.empty(0, np.float16)
        return unpacked(self._postfile, info)


def unpacked(postings_file: Any, info: W3TermInfo) -> tuple[Documents, Weights]:
    """The two arrays of a term from the postings file."""
    count = info.doc_frequency()
    run = bytes(postings_file.get(info.extent()[0], count * _POSTING_BYTES))
    return np.frombuffer(run, "<u2", count), np.frombuffer(run, "<f2", count, 2 * count)


class PackedCodec(W3Codec):
    """Whoosh's third codec with packed postings. Written by ``PackedFieldWriter.write_field`` only."""

    def field_writer(self, storage: Any, segment: Any) -> PackedFieldWriter:
        """The writer of a segment's inverted index."""
        return PackedFieldWriter(self, storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> PackedTermsReader:
        """The reader of a segment's inverted index."""
        name = segment.make_filename(self.TERMS_EXT)
        postings = segment.open_file(storage, self.POSTS_EXT)
        return PackedTermsReader(self, storage.open_file(name), storage.file_length(name), postings)

    def postings_reader(
        self, dbfile: Any, terminfo: W3TermInfo, format_: Any, term: Any = None, scorer: Any = None
    ) -> ListMatcher:
        """A matcher for Whoosh's own queries over packed postings."""
        documents, weights = unpacked(dbfile, terminfo)
        return ListMatcher(
            documents.tolist(),
            weights.tolist(),
            format=format_,
            scorer=scorer,
            term=term,
            terminfo=terminfo,
        )
