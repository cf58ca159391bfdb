"""The knowledge base as the rest of the product sees it: search, look up, import."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.article import Article, ArticleStore, SearchHit
from knowledge_base.correction import corrected
from knowledge_base.embedding import Embedder
from knowledge_base.importers import ImportReport
from knowledge_base.importers.batch import Import
from knowledge_base.index import ArticleIndex, Progress, WhooshIndex
from knowledge_base.lexicon_in_force import lexicon_in_force
from knowledge_base.meaning import Asked, Meaning, MeaningState
from knowledge_base.only import Choices
from knowledge_base.passage import Needle, passage, sounding
from knowledge_base.query import (
    character_terms,
    homophone_terms,
    plain_question,
    synonym_terms,
    typed_pinyin,
    word_terms,
)
from knowledge_base.scoring import Scored, Scores, Term, best, look_up, together, total
from knowledge_base.snapshot import IndexSnapshot
from knowledge_base.synonyms import Lexicon
from resources.errors import UserError

log = logging.getLogger(__name__)
OUT_OF_FORCE = 0.5
"""An expired or not yet valid article must be this much better to be among those shown."""
FAINT = 0.12
"""A hit below this share of the best one is noise."""
_HOMOPHONE_LENGTH = 40
_SHOWN_WORDS = 8
_LIKELIEST = 3
"""Hits whose wording may set a mistyped query right."""
Likings = Mapping[str, float]
"""Article id → factor on its score, learned from use."""
UNUSED: Likings = {}


@dataclass(frozen=True)
class Ranking:
    """Every document's score for a question, and the terms that made it."""

    scores: Scores
    terms: tuple[Scored, ...]


class KnowledgeBase:
    """Articles in a store, found through an index in a folder. Searches may run on any thread."""

    def __init__(
        self,
        store: ArticleStore,
        index_dir: Path,
        today: Callable[[], date] = date.today,
        lexicon: Lexicon | None = None,
        embedder: Embedder | None = None,
        vectors_dir: Path | None = None,
    ) -> None:
        """Open the index and bring it up to the store; a missing or damaged one is built (blocks).

        With an ``embedder`` articles are also found by meaning, as soon as that is computed; the
        vectors are kept in ``vectors_dir``, by default beside the index.

        When that fails (another program writes it, the disk is full), the last good state answers;
        raises ``UserError`` only if there is none.
        """
        self._store = store
        self.today = today
        self._own_lexicon = lexicon
        self._index: ArticleIndex = WhooshIndex(store, index_dir)
        try:
            self._index.refresh()
        except UserError as error:
            if not self.count():
                self._index.close()
                raise
            log.warning("the knowledge base answers from an older state: %s", error)
        self._journal = index_dir / "import.journal"
        self._meaning: Meaning | None = None
        self._vectors_dir = vectors_dir or index_dir
        if embedder is not None:
            self.add_meaning(embedder)

    @property
    def lexicon(self) -> Lexicon:
        """The synonyms that widen a question: its own, or those in force."""
        return self._own_lexicon if self._own_lexicon is not None else lexicon_in_force()

    def search(
        self,
        query: str,
        limit: int = 10,
        region: str | None = None,
        category: str | None = None,
        on: date | None = None,
        likings: Likings = UNUSED,
        issuer: str | None = None,
    ) -> tuple[SearchHit, ...]:
        """The articles that answer a typed query, best first; those not in force on the day last.

        ``region`` (a district) leaves out articles of other districts, ``category`` and ``issuer``
        those of others; without a query, what they leave is listed. Never touches the store. Scores
        compare within one search only.
        """
        question = plain_question(query)
        limited = bool(region or category or issuer)
        with self._index.reading() as snapshot:
            if not query.strip() and limited:
                ranking = Ranking(snapshot.alive.astype(np.float32), ())
            else:
                ranking = self.rank(snapshot, question)
            allowed = snapshot.facets.allowed(region, category, issuer)
            return self.hits(snapshot, ranking, allowed, on or self.today(), limit, likings)

    def choices(self) -> Choices:
        """What a search can be limited to."""
        with self._index.reading() as snapshot:
            return snapshot.facets.choices(snapshot.alive)

    def did_you_mean(self, query: str, found: Sequence[SearchHit] | None = None) -> str | None:
        """The query with misheard or mistyped words set right, or ``None`` if it is fine as it is.

        ``found`` are its hits, where they are known already.
        """
        best_hits = self.search(query, _LIKELIEST) if found is None else found[:_LIKELIEST]
        return corrected(plain_question(query), [hit.article for hit in best_hits])

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """One article: the newest from the index, an older version from the store."""
        with self._index.reading() as snapshot:
            document = snapshot.numbers.get(article_id)
            if document is not None and version in (None, snapshot.facts[document][1]):
                return snapshot.article(document)
        return self._store.get(article_id, version)

    def count(self) -> int:
        """How many articles can be found."""
        with self._index.reading() as snapshot:
            return len(snapshot.numbers)

    def refresh(self, progress: Progress | None = None) -> bool:
        """Bring the index up to the store; false if nothing had changed. Searches go on meanwhile."""
        changed = self._index.refresh(progress)
        if changed and self._meaning is not None:
            self._meaning.follow()
        return changed

    def add_meaning(
        self,
        embedder: Embedder,
        after_s: float = 0.0,
        patience_s: float | None = None,
        quiet: threading.Event | None = None,
    ) -> None:
        """Find articles by meaning from now on; embedding them begins after so many seconds, and not
        before ``quiet`` is set.

        A search waits at most ``patience_s`` for the meaning of its question, then goes by words.
        """
        self._meaning = Meaning(
            embedder, self._vectors_dir, self._index.reading, after_s, patience_s, quiet
        )
        self._meaning.follow()

    def meaning(self) -> MeaningState | None:
        """How many articles are found by meaning too; ``None`` when the search goes by words alone."""
        return self._meaning.state() if self._meaning is not None else None

    def wait_for_meaning(self, timeout: float | None = None) -> bool:
        """Wait until the articles are embedded; false if that took longer or failed."""
        return self._meaning is not None and self._meaning.wait(timeout)

    def import_paths(
        self,
        paths: Iterable[Path],
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> ImportReport:
        """Import files and folders; ``progress(files done, files in all)``, ``cancel()`` true stops.

        Bad files and rows are named in the report and stop nothing. What was read is kept: after a
        cancel, or a crash, the same import goes on with the files that are left.
        """
        try:
            return Import(self._store, self._journal).run(paths, progress, cancel)
        finally:
            self.refresh()

    def close(self) -> None:
        """Let go of all files."""
        if self._meaning is not None:
            self._meaning.close()
        self._index.close()

    def reading(self) -> AbstractContextManager[IndexSnapshot]:
        """A fixed state of the index, for ``rank`` and ``hits``."""
        return self._index.reading()

    def rank(self, snapshot: IndexSnapshot, question: str) -> Ranking:
        """Score all documents for a plain question: words, characters, synonyms, sounds at need.

        Meaning joins in where it is known.
        """
        asked = self.ask_meaning(question)
        pinyin: list[Scored] = []
        read: set[str] = set()
        for letters, terms in typed_pinyin(question):
            if not len(snapshot.find("words", letters).documents):
                found = look_up(snapshot, terms)
                pinyin += found if terms and terms[0].kind == "sounds" else together(found)
                read.add(letters)
        own = tuple(s for s in look_up(snapshot, word_terms(question)) if s.term.text not in read)
        meant = look_up(snapshot, synonym_terms(question, self.lexicon))
        solid = (*own, *meant, *pinyin, *_heard(snapshot, question))
        grams = look_up(snapshot, character_terms(question))
        scores = self._sum(snapshot, solid, grams)
        return Ranking(self.with_meaning(scores, snapshot, asked), (*solid, *grams))

    def ask_meaning(self, question: str) -> Asked | None:
        """Begin to find out what a plain question means, for ``with_meaning``; returns at once."""
        return self._meaning.ask(question) if self._meaning is not None else None

    def with_meaning(self, scores: Scores, snapshot: IndexSnapshot, asked: Asked | None) -> Scores:
        """Scores by words with those by meaning, where they are known in time."""
        return scores if self._meaning is None else self._meaning.join(scores, snapshot, asked)

    @staticmethod
    def _sum(snapshot: IndexSnapshot, solid: Sequence[Scored], grams: Sequence[Scored]) -> Scores:
        """The sum, without documents that share nothing but single characters with the question."""
        scores = total(snapshot, (*solid, *grams))
        loose = np.ones(snapshot.size, np.bool_)
        for scored in (*solid, *(gram for gram in grams if len(gram.term.text) > 1)):
            loose[scored.found.documents] = False
        scores[loose] = 0
        return scores

    def hits(
        self,
        snapshot: IndexSnapshot,
        ranking: Ranking,
        allowed: NDArray[np.bool_],
        on: date,
        limit: int,
        likings: Likings = UNUSED,
    ) -> tuple[SearchHit, ...]:
        """The best documents of a ranking as hits, those in force on the day first."""
        valid = snapshot.facets.valid(on)
        scores = ranking.scores * allowed * np.where(valid, np.float32(1), np.float32(OUT_OF_FORCE))
        for name, factor in likings.items():
            if name in snapshot.numbers:
                scores[snapshot.numbers[name]] *= factor
        documents = best(scores, limit)
        if documents:
            floor = FAINT * scores[documents[0]]
            documents = [document for document in documents if scores[document] >= floor]
        documents.sort(key=lambda document: not valid[document])
        places = np.array(documents, np.int32)
        held = [scored.holders(places) for scored in ranking.terms]
        return tuple(
            self._hit(
                snapshot.article(document),
                float(scores[document]),
                [scored for scored, holders in zip(ranking.terms, held, strict=True) if holders[rank]],
                likings,
            )
            for rank, document in enumerate(documents)
        )

    @staticmethod
    def _hit(article: Article, score: float, holding: Sequence[Scored], likings: Likings) -> SearchHit:
        """A hit with its reasons: ``holding`` are the terms that the article has."""
        needles: dict[str, float] = {}
        for scored in holding:
            if scored.term.kind == "words":
                value = scored.rarity * scored.term.weight
                needles[scored.term.text] = max(value, needles.get(scored.term.text, 0.0))
        heard = {s.term.text for s in holding if s.term.kind in ("sounds", "initials")}
        for text in sounding(article, heard) if heard else ():
            needles.setdefault(text, 1.0)
        if not needles:
            needles = {s.term.text: s.rarity for s in holding if len(s.term.text) > 1}
        words: Sequence[Needle] = sorted(needles.items(), key=lambda item: -item[1])
        shown, marks = passage(article, words)
        telling = _telling([word for word, _ in words])
        return SearchHit(article, score, telling, shown, marks, likings.get(article.id, 1.0))


def _telling(words: list[str]) -> tuple[str, ...]:
    """The words to show as the reason, none a part of another."""
    whole = [word for word in words if not any(word != other and word in other for other in words)]
    return tuple(whole[:_SHOWN_WORDS])


def _heard(snapshot: IndexSnapshot, question: str) -> tuple[Scored, ...]:
    """The sounds of misspelled stretches: of pairs of characters that stand in no article."""
    if len(question) > _HOMOPHONE_LENGTH:
        return ()
    sounds = (term for term in homophone_terms(question) if unheard_of(snapshot, term))
    return tuple(scored for scored in look_up(snapshot, sounds) if len(scored.found.documents))


def unheard_of(snapshot: IndexSnapshot, term: Term) -> bool:
    """Whether a sound was written with a pair of characters that no article has."""
    return not len(snapshot.find("grams", term.spelling).documents)
