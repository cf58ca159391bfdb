"""From articles to a Whoosh segment: all terms of a batch are counted and weighted as arrays.

A posting's weight is the article's term frequency summed over the fields, each field with its own
boost and length norm: the inner sum of BM25F. Scoring then needs one posting list per term.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.columns import PickleColumn, VarBytesColumn
from whoosh.fields import COLUMN, ID, KEYWORD, STORED, Schema
from whoosh.writing import SegmentWriter

from knowledge_base.analysis import cut, han_ranges, is_word, normalise
from knowledge_base.article import Article
from knowledge_base.codec import MAX_SEGMENT, PackedCodec
from knowledge_base.sound import folded, readings

SCHEMA_VERSION = 3
"""Raise it whenever the index is laid out or weighted otherwise: every index is then rebuilt."""
BATCH = 8192
"""Articles of one segment. Bounds the memory of a build: about 100 MB for 500 characters each."""
assert BATCH < MAX_SEGMENT

Codes = NDArray[np.uint64]
Averages = dict[str, float]
Facts = tuple[str, int, str, str, str, int, int]
"""What filters need to know of an article: id, version, region, category, issuing body, first and last
day."""

_NEVER = 10_000_000
_SHIFT = np.uint64(21)
_LOW = (1 << 21) - 1


@dataclass(frozen=True, slots=True)
class IndexedField:
    """A part of an article: how much a term in it counts, and how much length tells against it."""

    name: str
    boost: float
    norm: float
    heard: bool
    """Whether its sounds are indexed: only short texts, where a homophone is telling."""


FIELDS = (
    IndexedField("title", 4.0, 0.7, heard=True),
    IndexedField("questions", 3.0, 0.6, heard=True),
    IndexedField("synonyms", 3.0, 0.5, heard=True),
    IndexedField("spoken", 1.0, 0.5, heard=False),
    IndexedField("about", 1.0, 0.5, heard=False),
    IndexedField("body", 1.0, 0.75, heard=False),
)


def schema() -> Schema:
    """The Whoosh schema: what is found by (four kinds of term) and what comes along."""
    return Schema(
        id=ID(unique=True),
        words=KEYWORD(),
        grams=KEYWORD(),
        sounds=KEYWORD(),
        initials=KEYWORD(),
        facts=COLUMN(PickleColumn(VarBytesColumn())),
        article=STORED(),
    )


def field_texts(article: Article) -> tuple[str, ...]:
    """The normalised text of each of ``FIELDS``."""
    about = (article.category, article.region, article.issuer, article.document_number)
    parts = (
        article.title,
        "\n".join(article.questions),
        "\n".join(article.synonyms),
        article.spoken,
        "\n".join(about),
        article.body,
    )
    return tuple(normalise(part) for part in parts)


def facts_of(article: Article) -> Facts:
    """What the filters need."""
    first = article.effective.toordinal() if article.effective else 0
    last = article.expires.toordinal() if article.expires else _NEVER
    where = (article.region, article.category, article.issuer)
    return article.id, article.version, *where, first, last


def stored_of(article: Article) -> tuple[Any, ...]:
    """An article as plain values, in the order of its fields."""
    return tuple(getattr(article, name) for name in Article.__slots__)


@dataclass(frozen=True, slots=True)
class Postings:
    """All postings of one kind of term: see ``PackedFieldWriter.write_field``."""

    terms: Iterable[bytes]
    bounds: NDArray[np.int64]
    documents: NDArray[np.uint16]
    weights: NDArray[np.float16]


def pack(
    codes: Codes, owners: NDArray[np.uint64], weights: NDArray[np.float32]
) -> tuple[Codes, Postings]:
    """Sum the weights of equal (term code, article) pairs; term codes must be below 2**48.

    Returns the distinct codes, ascending, and their postings without the term texts.
    """
    keys = (codes << np.uint64(16)) | owners
    order = np.argsort(keys)
    keys, weights = keys[order], weights[order]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] ^ np.uint64(1)))
    summed = np.add.reduceat(weights, starts) if len(starts) else weights
    keys = keys[starts]
    terms = keys >> np.uint64(16)
    first = np.flatnonzero(np.diff(terms, prepend=terms[:1] ^ np.uint64(1)))
    bounds = np.append(first, len(keys)).astype(np.int64)
    documents = (keys & np.uint64(0xFFFF)).astype(np.uint16)
    return terms[first], Postings((), bounds, documents, np.minimum(summed, 60_000).astype(np.float16))


class ArticleWriter(SegmentWriter):
    """Whoosh's segment writer, fed with whole batches. ``fresh`` starts without the old segments."""

    def __init__(self, index: Any, averages: Averages | None, fresh: bool) -> None:
        super().__init__(index, _lk=False, codec=PackedCodec(), compound=False)
        if fresh:
            self.segments = []
            self._setup_doc_offsets()
        self.averages: Averages = dict(averages or {})
        self._batch: list[Article] = []

    def add_articles(self, articles: Sequence[Article]) -> None:
        """Add at most ``BATCH`` articles; call it once per writer."""
        per_document = self.perdocwriter
        column = self.schema["facts"].column_type
        stored = self.schema["article"]
        for number, article in enumerate(articles):
            per_document.start_doc(number)
            per_document.add_field("article", stored, stored_of(article), 0)
            per_document.add_column_value("facts", column, facts_of(article))
            per_document.finish_doc()
        self.docnum = len(articles)
        self._batch = list(articles)
        self._added = bool(articles)

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        texts = list(zip(*(field_texts(article) for article in self._batch), strict=True))
        with ThreadPoolExecutor(1) as second_core:  # sorting arrays lets the segmenter run beside it
            characters = second_core.submit(lambda: list(self._character_postings(texts)))
            words = self._word_postings(texts)
        for name, postings in (
            ("id", id_postings(self._batch)),
            ("words", words),
            *characters.result(),
        ):
            self.fieldwriter.write_field(
                name,
                self.schema[name],
                postings.terms,
                postings.bounds,
                postings.documents,
                postings.weights,
            )
        self.fieldwriter.close()

    def _commit_toc(self, segments: Any) -> None:
        """Write the table of contents and leave the older one alone: it is still being read."""
        from whoosh.index import TOC

        name = TOC._filename(self.indexname, self.generation)
        if self.storage.file_exists(name):  # of a writer that did not come to its end
            self.storage.delete_file(name)
        TOC(self.schema, segments, self.generation).write(self.storage, self.indexname)

    def _norms(self, kind: str, field: IndexedField, lengths: NDArray[np.int64]) -> NDArray[np.float32]:
        """What one occurrence counts in each article. The medians are those of the first batch."""
        key = f"{kind}.{field.name}"
        if key not in self.averages:
            filled = lengths[lengths > 0]
            self.averages[key] = float(np.median(filled)) if len(filled) else 1.0
        norm = np.maximum(1 - field.norm + field.norm * lengths / self.averages[key], 0.05)
        return np.asarray(field.boost / norm, np.float32)

    def _word_postings(self, texts: list[tuple[str, ...]]) -> Postings:
        numbers = _Numbers()
        codes: list[NDArray[np.int64]] = []
        owners: list[NDArray[np.uint64]] = []
        columns = [[list(map(numbers.__getitem__, cut(text))) for text in column] for column in texts]
        for found in columns:
            lengths = np.fromiter(map(len, found), np.int64, len(found))
            codes.append(np.fromiter(chain.from_iterable(found), np.int64, int(lengths.sum())))
            owners.append(np.repeat(np.arange(len(found), dtype=np.uint64), lengths))
        told = np.fromiter((is_word(text) for text in numbers), np.bool_, len(numbers))
        weights: list[NDArray[np.float32]] = []
        for at, field in enumerate(FIELDS):
            keep = told[codes[at]]
            codes[at], owners[at] = codes[at][keep], owners[at][keep]
            lengths = np.bincount(owners[at].astype(np.int64), minlength=len(self._batch))
            weights.append(self._norms("words", field, lengths)[owners[at]])
        vocabulary = sorted(numbers)
        rank = np.empty(len(vocabulary), np.uint64)
        rank[[numbers[word] for word in vocabulary]] = np.arange(len(vocabulary), dtype=np.uint64)
        found_ranks, postings = pack(
            rank[np.concatenate(codes)], np.concatenate(owners), np.concatenate(weights)
        )
        return _named(postings, (vocabulary[at].encode() for at in found_ranks.tolist()))

    def _character_postings(self, texts: list[tuple[str, ...]]) -> Iterator[tuple[str, Postings]]:
        """Grams of all fields, sounds and initials of the short ones."""
        runs = [_Run.of(column) for column in texts]
        grams: list[_Found] = []
        sounds: list[_Found] = []
        initials: list[_Found] = []
        for field, run in zip(FIELDS, runs, strict=True):
            weight = self._norms("grams", field, run.han_lengths())
            grams += run.grams(weight)
            if field.heard:
                sounds.append(run.sounds(weight))
                initials += run.initials(weight)
        for name, found, text_of in (
            ("grams", grams, gram_text),
            ("sounds", sounds, sound_text),
            ("initials", initials, initial_text),
        ):
            codes, postings = pack(*(np.concatenate(part) for part in zip(*found, strict=True)))
            yield name, _named(postings, map(text_of, codes.tolist()))


def _named(postings: Postings, terms: Iterable[bytes]) -> Postings:
    return Postings(terms, postings.bounds, postings.documents, postings.weights)


def id_postings(articles: Sequence[Article]) -> Postings:
    """One posting per article, under its id."""
    ids = sorted((article.id.encode(errors="replace"), i) for i, article in enumerate(articles))
    documents = np.fromiter((i for _, i in ids), np.uint16, len(ids))
    ones = np.ones(len(ids), np.float16)
    return Postings((id_ for id_, _ in ids), np.arange(len(ids) + 1), documents, ones)


class _Numbers(dict[str, int]):
    """Numbers texts as they come, at the speed of a look-up."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


_Found = tuple[Codes, NDArray[np.uint64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Run:
    """One field of all articles of a batch as one run of code points, articles apart by a line end."""

    points: NDArray[np.uint32]
    owners: NDArray[np.uint64]
    count: int

    @classmethod
    def of(cls, column: tuple[str, ...]) -> _Run:
        points = np.frombuffer("\n".join((*column, "")).encode("utf-32-le"), np.uint32)
        lengths = np.fromiter(map(len, column), np.int64, len(column)) + 1
        return cls(points, np.repeat(np.arange(len(column), dtype=np.uint64), lengths), len(column))

    def han_lengths(self) -> NDArray[np.int64]:
        """The number of Chinese characters of each article."""
        return np.bincount(
            self.owners[_tables().han[self.points]].astype(np.int64), minlength=self.count
        )

    def grams(self, weight: NDArray[np.float32]) -> list[_Found]:
        """Single Chinese characters and pairs of neighbours."""
        han = _tables().han[self.points]
        points = self.points.astype(np.uint64) << _SHIFT
        both = np.flatnonzero(han[:-1] & han[1:])
        pairs = points[both] | self.points[both + 1]
        return [self._found(points[han], np.flatnonzero(han), weight), self._found(pairs, both, weight)]

    def sounds(self, weight: NDArray[np.float32]) -> _Found:
        """Pairs of neighbouring syllables."""
        spoken = _tables().syllable[self.points]
        both = np.flatnonzero((spoken[:-1] > 0) & (spoken[1:] > 0))
        return self._found((spoken[both] << np.uint64(10)) | spoken[both + 1], both, weight)

    def initials(self, weight: NDArray[np.float32]) -> list[_Found]:
        """Initials of two and of three neighbouring characters."""
        letter = _tables().letter[self.points]
        a, b, c = letter[:-2], letter[1:-1], letter[2:]
        two = np.flatnonzero((a > 0) & (b > 0))
        three = two[c[two] > 0]
        pairs = (a << np.uint64(10)) | (b << np.uint64(5))
        return [self._found(pairs[two], two, weight), self._found((pairs | c)[three], three, weight)]

    def _found(self, codes: Codes, at: NDArray[np.int64], weight: NDArray[np.float32]) -> _Found:
        owners = self.owners[at]
        return codes, owners, weight[owners]


@dataclass(frozen=True, slots=True)
class _Tables:
    """Code point → whether it is Chinese, number of its folded syllable, of its initial (0: none)."""

    han: NDArray[np.bool_]
    syllable: Codes
    letter: Codes
    syllables: tuple[str, ...]


@cache
def _tables() -> _Tables:
    han = np.zeros(0x110000, np.bool_)
    for low, high in han_ranges():
        han[low : high + 1] = True
    names = ("", *sorted({folded(spoken) for spoken in readings().values()}))
    number = dict(zip(names, range(len(names)), strict=True))
    syllable, letter = np.zeros(0x110000, np.uint64), np.zeros(0x110000, np.uint64)
    for code, spoken in readings().items():
        syllable[code] = number[folded(spoken)]
        letter[code] = ord(spoken[0]) - 96
    return _Tables(han, syllable, letter, names)


def gram_text(code: int) -> bytes:
    """The index term of a gram code."""
    return (chr(code >> 21) + (chr(code & _LOW) if code & _LOW else "")).encode()


def sound_text(code: int) -> bytes:
    """The index term of a pair of syllables."""
    names = _tables().syllables
    return f"{names[code >> 10]} {names[code & 1023]}".encode()


def initial_text(code: int) -> bytes:
    """The index term of two or three initials."""
    return bytes(96 + letter for letter in (code >> 10, code >> 5 & 31, code & 31) if letter)


def batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """The articles in lists of ``BATCH``."""
    batch: list[Article] = []
    for article in articles:
        batch.append(article)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
