"""Meaning beside words: how close each article is to a question, by sentence embeddings.

Articles are embedded on a thread of their own, at low priority, after the index is up; a search uses
what is there and never waits. Without any of it, search goes by words.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.article import Article
from knowledge_base.embedding import Embedder
from knowledge_base.nearness import Nearness
from knowledge_base.passage import plain_text
from knowledge_base.query import plain_question
from knowledge_base.scoring import Scores
from knowledge_base.snapshot import IndexSnapshot
from knowledge_base.vector_file import HalfVectors, VectorFile, key_of

log = logging.getLogger(__name__)
PASSAGE = 400
"""Characters of an article embedded as one: well inside the model's window of 512 tokens."""
MOST_PASSAGES = 48
WORDS = 0.45
"""What the words count in the joint score; the rest is meaning."""
NEAREST = 50
_TITLE = 100
_AT_ONCE = 4
_CLOSE_WITHIN_S = 10.0
_SHOW_EVERY_S = 20.0
_LOOK_EVERY_S = 0.5
_NICE = 15
_KEPT_QUESTIONS = 256
_SENTENCE = re.compile(r"[^。！？；\n]{1,200}[。！？；\n]*")

Reading = Callable[[], AbstractContextManager[IndexSnapshot]]
Asked = Future[NDArray[np.float32]]
"""The vector of a question, being computed or there already."""
_Known = dict[tuple[str, int], tuple[bytes, HalfVectors]]
"""Id and version → key in the file and vectors."""


def passages_of(article: Article) -> tuple[str, ...]:
    """What is embedded of an article: stretches of its text and its questions, each under its title."""
    title = article.title[:_TITLE]
    text = "\n".join(filter(None, (article.spoken, plain_text(article.body))))
    stretches = [*_stretches(text)]
    if article.questions:
        stretches.insert(0, "\n".join(article.questions)[:PASSAGE])
    return tuple(f"{title}\n{stretch}" for stretch in stretches[:MOST_PASSAGES]) or (title,)


def _stretches(text: str) -> Iterator[str]:
    """The text in pieces of at most ``PASSAGE`` characters that end with a sentence."""
    piece = ""
    for match in _SENTENCE.finditer(text):
        if piece and len(piece) + len(match[0]) > PASSAGE:
            yield piece.strip()
            piece = ""
        piece += match[0]
    if piece.strip():
        yield piece.strip()


@dataclass(frozen=True, slots=True)
class MeaningState:
    """How many of all articles can be found by meaning."""

    ready: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether a search by meaning sees every article."""
        return self.ready == self.total


@dataclass(frozen=True)
class _Passages:
    """The vectors of one state of the index."""

    snapshot: IndexSnapshot
    nearness: Nearness
    state: MeaningState

    @classmethod
    def of(cls, snapshot: IndexSnapshot, known: _Known, dimension: int) -> _Passages:
        alive = np.flatnonzero(snapshot.alive).tolist()
        having = [number for number in alive if snapshot.facts[number][:2] in known]
        vectors = [known[snapshot.facts[number][:2]][1] for number in having]
        nearness = Nearness.of(having, vectors, dimension)
        return cls(snapshot, nearness, MeaningState(len(having), len(alive)))


@dataclass(frozen=True)
class Closeness:
    """How close each document is to a question: NaN where it has no vectors yet."""

    scores: Scores
    related: NDArray[np.bool_]
    """Which are among the ``NEAREST`` and not about something else."""


def fused(words: Scores, closeness: Closeness | None) -> Scores:
    """Scores by words and by meaning as one, in the measure of the scores by words.

    Both are brought to 0–1: words by their best, meaning from the average article to the closest. An
    article without vectors yet is as close as its words say. Articles without a word in common come
    in only when they are ``related``.
    """
    if closeness is None:
        return words
    scores = closeness.scores
    missing = np.isnan(scores)
    known = scores[~missing]
    middle, top = float(known.mean()), float(known.max())
    best = float(words.max())
    if top - middle < 1e-6:
        return words
    by_words = words / best if best > 0 else words
    by_meaning = np.clip((scores - middle) / (top - middle), 0, 1)
    by_meaning[missing] = by_words[missing]
    joined = WORDS * by_words + (1 - WORDS) * by_meaning
    joined[(words <= 0) & ~closeness.related] = 0
    return np.asarray(joined * (best if best > 0 else 1.0), np.float32)


class Meaning:
    """The embeddings of an article index, kept in a file beside it."""

    def __init__(
        self,
        embedder: Embedder,
        folder: Path,
        reading: Reading,
        after_s: float = 0.0,
        patience_s: float | None = None,
        quiet: threading.Event | None = None,
    ) -> None:
        """Nothing is read or computed before ``follow``, and then for ``after_s`` seconds more.

        Reading the model holds Python up for some tenths of a second, so it waits until ``quiet`` is
        set. A search waits at most ``patience_s`` for the vector of its question, then goes by words.
        """
        self._after_s, self._quiet = after_s, quiet
        self._patience_s = patience_s
        self._embedder = embedder
        self._folder = folder
        self._reading = reading
        self._changed = threading.Condition()
        self._wanted = 0
        self._done = 0
        self._closing = False
        self._failed = False
        self._known: _Known = {}
        self._passages: _Passages | None = None
        self._asked: OrderedDict[str, Asked] = OrderedDict()
        self._questions = ThreadPoolExecutor(1, thread_name_prefix="question")
        self._thread: threading.Thread | None = None

    def follow(self) -> None:
        """Embed what is new in the index, in the background."""
        with self._changed:
            self._wanted += 1
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="meaning", daemon=True)
                self._thread.start()

    def ask(self, question: str) -> Asked | None:
        """Begin to embed a question, beside whatever the caller does next; ``None`` when that is of no
        use (yet).
        """
        if not question or self._passages is None:
            return None
        with self._changed:
            asked = self._asked.get(question)
            if asked is None and not self._closing:
                asked = self._questions.submit(self._embed_question, question)
                self._asked[question] = asked
                if len(self._asked) > _KEPT_QUESTIONS:
                    self._asked.popitem(last=False)
            elif asked is not None:
                self._asked.move_to_end(question)
            return asked

    def _embed_question(self, question: str) -> NDArray[np.float32]:
        return np.asarray(self._embedder.questions([question])[0])

    def closeness(self, snapshot: IndexSnapshot, asked: Asked | None) -> Closeness | None:
        """How close the documents are; ``None`` while nothing is known of this snapshot, or when the
        question is not embedded in time.
        """
        passages = self._passages
        if passages is None or passages.snapshot is not snapshot or not passages.state.ready:
            return None
        if asked is None:
            return None
        try:
            vector = asked.result(self._patience_s)
        except TooSlow:
            return None
        nearness = passages.nearness
        own = nearness.scores(vector)
        scores = np.full(snapshot.size, np.nan, np.float32)
        scores[nearness.documents] = own
        related = np.zeros(snapshot.size, np.bool_)
        for place in (
            np.argpartition(-own, NEAREST)[:NEAREST] if len(own) > NEAREST else range(len(own))
        ):
            cosine = nearness.cosine(int(place), vector)
            related[nearness.documents[place]] = cosine >= self._embedder.unrelated
        return Closeness(scores, related)

    def join(self, words: Scores, snapshot: IndexSnapshot, asked: Asked | None) -> Scores:
        """The scores by words with those by meaning, as far as they are known."""
        return fused(words, self.closeness(snapshot, asked))

    def state(self) -> MeaningState | None:
        """How far it is; ``None`` when the articles cannot be embedded."""
        if self._failed:
            return None
        passages = self._passages
        if passages is not None:
            return passages.state
        with self._reading() as snapshot:
            return MeaningState(0, len(snapshot.numbers))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all that was followed is embedded; false if that took too long or was given up."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._done == self._wanted, timeout)
            return self._done == self._wanted

    def close(self) -> None:
        """Stop after the passages being embedded; what is done is kept."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._questions.shutdown(wait=True, cancel_futures=True)
        if self._thread is not None:
            self._thread.join(_CLOSE_WITHIN_S)

    def _work(self) -> None:
        path = self._folder / "meaning.vec"
        file: VectorFile | None = None
        try:
            with self._changed:
                if self._changed.wait_for(lambda: self._closing, self._after_s):
                    return
            self._folder.mkdir(parents=True, exist_ok=True)
            file = VectorFile(path, self._embedder.name, self._embedder.dimension)
            if not self._wait_for_quiet():
                return
            self._embedder.questions(["你好"])  # the first search must not wait for the model
            _be_modest()  # not earlier: whoever holds Python up must not be held up by others
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing or self._done != self._wanted)
                    if self._closing:
                        return
                    wanted = self._wanted
                if self._catch_up(file, wanted):
                    with self._changed:
                        self._done = wanted
                        self._changed.notify_all()
        except Exception as failure:  # noqa: BLE001 - whatever it is, searching by words goes on
            log.warning("search goes on by words, the articles cannot be embedded: %s", failure)
            with self._changed:
                self._closing = self._failed = True
                self._changed.notify_all()
        finally:
            if file is not None:
                file.close()

    def _wait_for_quiet(self) -> bool:
        """False when it was to end first."""
        while self._quiet is not None and not self._quiet.wait(_LOOK_EVERY_S):
            if self._closing:
                return False
        return not self._closing

    def _catch_up(self, file: VectorFile, wanted: int) -> bool:
        """Embed what the newest state has more; false when a newer one came or it was to end."""
        missing, keys = self._look_up(file)
        self._show()
        shown = time.monotonic()
        for at in range(0, len(missing), _AT_ONCE):
            if self._closing or self._wanted != wanted:
                return False
            self._embed(file, missing[at : at + _AT_ONCE])
            if time.monotonic() - shown > _SHOW_EVERY_S:
                self._show()
                shown = time.monotonic()
        if missing:
            self._show()
        file.keep_only(keys)
        return True

    def _look_up(self, file: VectorFile) -> tuple[list[_Missing], set[bytes]]:
        """Take over what the file has; what it lacks, and the keys of all articles of the state."""
        missing: list[_Missing] = []
        known: _Known = {}
        keys: set[bytes] = set()
        with self._reading() as snapshot:
            for number in np.flatnonzero(snapshot.alive).tolist():
                name = snapshot.facts[number][:2]
                if name in self._known:
                    known[name] = self._known[name]
                    keys.add(known[name][0])
                    continue
                article = snapshot.article(number)
                texts = passages_of(article)
                key = key_of(*name, texts)
                vectors = file.get(key)
                if vectors is None:
                    missing.append(_Missing(name, key, plain_question(article.title), texts))
                else:
                    known[name] = (key, vectors)
                keys.add(key)
        self._known = known
        return missing, keys

    def _embed(self, file: VectorFile, batch: list[_Missing]) -> None:
        vectors = self._embedder.passages([text for one in batch for text in one.texts])
        titles = self._embedder.questions([one.title for one in batch])
        ends = np.cumsum([len(one.texts) for one in batch])
        for one, title, own in zip(batch, titles, np.split(vectors, ends[:-1]), strict=True):
            self._known[one.name] = (one.key, np.vstack((title, own)).astype(np.float16))
        file.add(self._known[one.name] for one in batch)

    def _show(self) -> None:
        """Let searches use what is known by now."""
        with self._reading() as snapshot:
            self._passages = _Passages.of(snapshot, self._known, self._embedder.dimension)


@dataclass(frozen=True, slots=True)
class _Missing:
    """An article version, id and number, that has to be embedded."""

    name: tuple[str, int]
    key: bytes
    title: str
    texts: tuple[str, ...]


def _be_modest() -> None:
    """Let calls and searches have the processor first, where a single thread's priority can be set."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
