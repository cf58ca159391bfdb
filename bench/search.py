"""How good and how fast the search is, against SQLite FTS5 with the same segmentation in one run.

Nothing here is tuned while it runs. Weights were chosen on the first half of the questions (even
positions); the second half (odd positions) is what counts and is reported apart.
"""

from __future__ import annotations

import json
import math
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.analysis import normalise, words
from knowledge_base.article import Article
from knowledge_base.importers import read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore
from knowledge_base.talk import suggest
from resources.loader import resource_path

Ask = Callable[[str], Sequence[str]]
MANY = 20_000
ARTICLE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids of the articles that answer it."""

    text: str
    relevant: frozenset[str]


def read_questions(path: Path) -> list[Question]:
    """Questions from lines of ``{"text", "relevant": [id, …]}``."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [Question(row["text"], frozenset(row["relevant"])) for row in rows]


def evaluate(ask: Ask, questions: Sequence[Question]) -> dict[str, float]:
    """Mean nDCG@10, hit@1, hit@5, MRR@10 and the latency of one question after the other."""
    gains = {"ndcg_at_10": 0.0, "hit_at_1": 0.0, "hit_at_5": 0.0, "mrr": 0.0}
    times: list[float] = []
    for question in questions:
        begin = time.perf_counter()
        found = ask(question.text)[:10]
        times.append(1000 * (time.perf_counter() - begin))
        good = [identifier in question.relevant for identifier in found]
        ideal = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(question.relevant))))
        gains["ndcg_at_10"] += (
            sum(1 / math.log2(rank + 2) for rank, hit in enumerate(good) if hit) / ideal
        )
        gains["hit_at_1"] += any(good[:1])
        gains["hit_at_5"] += any(good[:5])
        gains["mrr"] += next((1 / (rank + 1) for rank, hit in enumerate(good) if hit), 0.0)
    return {name: round(gain / len(questions), 4) for name, gain in gains.items()} | latency(times)


def latency(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile of times in milliseconds, and their number."""
    p50, p95 = (round(float(np.percentile(times, share)), 2) for share in (50, 95))
    return {"p50_ms": p50, "p95_ms": p95, "n": len(times)}


def full_text_search(articles: Sequence[Article]) -> tuple[sqlite3.Connection, Ask]:
    """SQLite FTS5 with BM25, the title at double weight, over the same words."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE article USING fts5(id UNINDEXED, title, body)")
    database.executemany(
        "INSERT INTO article VALUES (?, ?, ?)",
        (
            (a.id, " ".join(words(normalise(a.title))), " ".join(words(normalise(a.body))))
            for a in articles
        ),
    )

    def ask(text: str) -> list[str]:
        query = " OR ".join(
            f'"{word}"' for word in dict.fromkeys(words(normalise(text))) if '"' not in word
        )
        rows = database.execute(
            "SELECT id FROM article WHERE article MATCH ? ORDER BY bm25(article, 0, 2, 1) LIMIT 10",
            (query,),
        )
        return [row[0] for row in rows]

    return database, ask


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


def quality(data: Path, folder: Path) -> dict[str, Any]:
    """Ranking figures on measured articles and questions, both halves apart."""
    articles, _ = read_paths([data / "kb" / "articles.jsonl"])
    questions = read_questions(data / "kb" / "queries_dev.jsonl")
    halves = {"tuned_half": questions[0::2], "held_half": questions[1::2], "all": questions}
    with closing(_filled(folder, articles)) as knowledge:
        ours = {
            name: evaluate(lambda text: [hit.article.id for hit in knowledge.search(text)], part)
            for name, part in halves.items()
        }
    database, ask = full_text_search(articles)
    with closing(database):
        theirs = {name: evaluate(ask, part) for name, part in halves.items()}
    return {"articles": len(articles), "knowledge_base": ours, "sqlite_fts5": theirs}


def speed(articles: Sequence[Article], queries: Sequence[str], folder: Path) -> dict[str, Any]:
    """Build rate, size, latency of typed queries and the delay of one change, in a large base."""
    store = FolderStore(folder / "store")
    store.put(articles)
    begin, worked = time.perf_counter(), time.process_time()
    knowledge = KnowledgeBase(store, folder / "index")
    built, worked = time.perf_counter() - begin, time.process_time() - worked
    with closing(knowledge):
        typed = [_timed(lambda text=query: knowledge.search(text)) for query in queries]  # type: ignore[misc]
        talks = [[("caller", text) for text in queries[at : at + 6]] for at in range(len(queries) - 5)]
        talked = [_timed(lambda turns=talk: suggest(knowledge, turns)) for talk in talks]  # type: ignore[misc]
        store.put([Article("new", 1, "石景山区冰雪运动季门票预约", "全新的一篇。")])
        begin = time.perf_counter()
        knowledge.refresh()
        visible = knowledge.search("冰雪运动季门票", limit=1)[0].article.id == "new"
        change = time.perf_counter() - begin
    size = sum(file.stat().st_size for file in (folder / "index").iterdir() if file.is_file())
    return {
        "articles": len(articles),
        "articles_per_s": round(len(articles) / built),
        "articles_per_cpu_s": round(len(articles) / worked),
        "index_mb": round(size / 1e6, 1),
        "change_visible_s": round(change, 3) if visible else None,
        "typed_query": latency(typed),
        "talk_of_six_turns": latency(talked) if talked else None,
    }


def _timed(work: Callable[[], object]) -> float:
    """How many milliseconds a piece of work takes."""
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


def _filled(folder: Path, articles: Sequence[Article]) -> KnowledgeBase:
    store = FolderStore(folder / "store")
    store.put(articles)
    return KnowledgeBase(store, folder / "index")


def run(data: Path | None) -> dict[str, Any]:
    """All figures; those on ranking need the measurement folder with ``kb/articles.jsonl``."""
    result: dict[str, Any] = {}
    bundled, _ = read_paths([resource_path("articles")])
    source, queries = [a.body for a in bundled], [q for a in bundled for q in a.questions]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if data is not None:
            result["quality"] = quality(data, folder / "quality")
            measured, _ = read_paths([data / "kb" / "articles.jsonl"])
            source += [a.body for a in measured]
            queries = [q.text for q in read_questions(data / "kb" / "queries_dev.jsonl")][:300]
        result["speed"] = speed(generated_articles(source, MANY), queries[:300], folder / "speed")
    return result
