"""How good and how fast the search is, against SQLite FTS5 and tantivy on the same words in one run.

Nothing here is tuned while it runs. Weights were chosen on the first half of the questions (even
positions); the second half (odd positions) is what counts and is reported apart.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.rivals import RIVALS, built
from knowledge_base.article import Article
from knowledge_base.embedding import E5Embedder, Embedder, Embeddings
from knowledge_base.evaluation import Ask, Question, evaluate, latency, read_questions
from knowledge_base.importers import read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore
from knowledge_base.talk import suggest
from resources.errors import UserError
from resources.loader import resource_path

MANY = 20_000
ARTICLE_LENGTH = 500


def generated_articles(source: Sequence[str], count: int) -> list[Article]:
    """Articles of ``ARTICLE_LENGTH`` characters put together at random, always the same ones."""
    sentences = [s for text in source for s in text.replace("；", "。").split("。") if len(s) > 4]
    chance = random.Random(12345)
    made: list[Article] = []
    for number in range(count):
        body = ""
        while len(body) < ARTICLE_LENGTH:
            body += chance.choice(sentences) + "。"
        made.append(Article(f"G{number}", 1, chance.choice(sentences)[:24], body[:ARTICLE_LENGTH]))
    return made


def quality(data: Path, folder: Path, embedder: Embedder | None = None) -> dict[str, Any]:
    """Ranking figures on measured articles and questions, both halves apart.

    With an embedder also by meaning; all articles are embedded first, which takes minutes.
    """
    articles, _ = read_paths([data / "kb" / "articles.jsonl"])
    questions = read_questions(data / "kb" / "queries_dev.jsonl")
    figures: dict[str, Any] = {"articles": len(articles)}
    with closing(_filled(folder, articles)) as knowledge:
        figures["by_words"] = _halves(lambda text: _ids(knowledge, text), questions)
    for name, rival in RIVALS.items():
        with built(rival, articles) as (ask, cost):
            figures[name] = _halves(ask, questions) | cost
    if embedder is not None:
        with closing(
            KnowledgeBase(FolderStore(folder / "store"), folder / "index", embedder=embedder)
        ) as knowledge:
            begin = time.perf_counter()
            knowledge.wait_for_meaning()
            figures["embedding_s"] = round(time.perf_counter() - begin, 1)
            figures["by_words_and_meaning"] = _halves(lambda text: _ids(knowledge, text), questions)
    return figures


def _halves(ask: Ask, questions: Sequence[Question]) -> dict[str, Any]:
    parts = {"tuned_half": questions[0::2], "held_half": questions[1::2], "all": questions}
    return {name: evaluate(ask, part) for name, part in parts.items()}


def _ids(knowledge: KnowledgeBase, text: str) -> list[str]:
    return [hit.article.id for hit in knowledge.search(text)]


class QuickPassages:
    """Real questions, made-up passages: how long a search takes does not depend on what vectors say.

    Embedding 20,000 articles for a benchmark would take the better part of an hour.
    """

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self._chance = np.random.default_rng(1)
        self.name = f"made-up/{model.name}"
        self.dimension = model.dimension
        self.unrelated = model.unrelated

    def questions(self, texts: Sequence[str]) -> Embeddings:
        """The vector of what is asked; any vectors for titles, which come several at a time."""
        return self._model.questions(texts) if len(texts) == 1 else self.passages(texts)

    def passages(self, texts: Sequence[str]) -> Embeddings:
        """Any vectors."""
        rows = self._chance.standard_normal((len(texts), self.dimension)).astype(np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def speed(
    articles: Sequence[Article], queries: Sequence[str], folder: Path, embedder: Embedder | None = None
) -> dict[str, Any]:
    """Build rate, size, latency of typed queries and the delay of one change, in a large base."""
    store = FolderStore(folder / "store")
    store.put(articles)
    begin, worked = time.perf_counter(), time.process_time()
    knowledge = KnowledgeBase(store, folder / "index")
    took, worked = time.perf_counter() - begin, time.process_time() - worked
    size = sum(file.stat().st_size for file in (folder / "index").iterdir() if file.is_file())
    figures: dict[str, Any] = {
        "articles": len(articles),
        "articles_per_s": round(len(articles) / took),
        "articles_per_cpu_s": round(len(articles) / worked),
        "index_mb": round(size / 1e6, 1),
    }
    with closing(knowledge):
        figures["typed_query"] = latency(
            [_timed(partial(knowledge.search, query)) for query in queries]
        )
        talks = [[("caller", text) for text in queries[at : at + 6]] for at in range(len(queries) - 5)]
        talked = [_timed(partial(suggest, knowledge, talk)) for talk in talks]
        figures["talk_of_six_turns"] = latency(talked) if talked else None
        store.put([Article("new", 1, "石景山区冰雪运动季门票预约", "全新的一篇。")])
        begin = time.perf_counter()
        knowledge.refresh()
        visible = knowledge.search("冰雪运动季门票", limit=1)[0].article.id == "new"
        figures["change_visible_s"] = round(time.perf_counter() - begin, 3) if visible else None
    if embedder is not None:
        meaning = KnowledgeBase(store, folder / "index", embedder=QuickPassages(embedder))
        with closing(meaning):
            meaning.wait_for_meaning()
            typed = [_timed(partial(meaning.search, query)) for query in queries]
            figures["typed_query_with_meaning"] = latency(typed)
            talked = [_timed(partial(suggest, meaning, talk)) for talk in talks]
            figures["talk_with_meaning"] = latency(talked) if talked else None
    for name, rival in RIVALS.items():
        with built(rival, articles) as (ask, cost):
            figures[name] = latency([_timed(partial(ask, query)) for query in queries]) | cost
    return figures


def _timed(work: Callable[[], object]) -> float:
    """How many milliseconds a piece of work takes."""
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def _filled(folder: Path, articles: Sequence[Article]) -> KnowledgeBase:
    store = FolderStore(folder / "store")
    store.put(articles)
    return KnowledgeBase(store, folder / "index")


def installed_embedder() -> Embedder | None:
    """The model for meaning, where it can run."""
    try:
        return E5Embedder()
    except UserError:
        return None


def run(data: Path | None) -> dict[str, Any]:
    """All figures; those on ranking need the measurement folder with ``kb/articles.jsonl``."""
    embedder = installed_embedder()
    result: dict[str, Any] = {"embedder": embedder.name if embedder else None}
    bundled, _ = read_paths([resource_path("articles")])
    source, queries = [a.body for a in bundled], [q for a in bundled for q in a.questions]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if data is not None:
            result["quality"] = quality(data, folder / "quality", embedder)
            measured, _ = read_paths([data / "kb" / "articles.jsonl"])
            source += [a.body for a in measured]
            queries = [q.text for q in read_questions(data / "kb" / "queries_dev.jsonl")][:300]
        many = generated_articles(source, MANY)
        result["speed"] = speed(many, queries[:300], folder / "speed", embedder)
    return result
