"""Other full-text engines over the same articles, cut into the same words."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from knowledge_base.analysis import normalise, words
from knowledge_base.article import Article
from knowledge_base.evaluation import Ask

Rival = Callable[[Sequence[Article], Path], Ask]


def _cut(text: str) -> str:
    return " ".join(words(normalise(text)))


def _asked(text: str) -> list[str]:
    return [word for word in dict.fromkeys(words(normalise(text))) if '"' not in word]


def sqlite_fts5(articles: Sequence[Article], folder: Path) -> Ask:
    """SQLite FTS5 with BM25, the title at double weight."""
    database = sqlite3.connect(folder / "fts5.sqlite")
    database.execute("CREATE VIRTUAL TABLE article USING fts5(id UNINDEXED, title, body)")
    with database:
        rows = ((a.id, _cut(a.title), _cut(a.body)) for a in articles)
        database.executemany("INSERT INTO article VALUES (?, ?, ?)", rows)

    def ask(text: str) -> list[str]:
        query = " OR ".join(f'"{word}"' for word in _asked(text))
        rows = database.execute(
            "SELECT id FROM article WHERE article MATCH ? ORDER BY bm25(article, 0, 2, 1) LIMIT 10",
            (query,),
        )
        return [row[0] for row in rows]

    return ask


def tantivy(articles: Sequence[Article], folder: Path) -> Ask:
    """tantivy with BM25, the title at double weight, on disk."""
    import tantivy as engine

    builder = engine.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("title", tokenizer_name="whitespace")
    builder.add_text_field("body", tokenizer_name="whitespace")
    schema = builder.build()
    index = engine.Index(schema, path=str(folder))
    writer = index.writer(heap_size=128_000_000)
    for article in articles:
        writer.add_document(
            engine.Document(id=article.id, title=_cut(article.title), body=_cut(article.body))
        )
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(text: str) -> list[str]:
        parts = []
        for word in _asked(text):
            for field, boost in (("title", 2.0), ("body", 1.0)):
                term = engine.Query.term_query(schema, field, word)
                parts.append((engine.Occur.Should, engine.Query.boost_query(term, boost)))
        found = searcher.search(engine.Query.boolean_query(parts), 10).hits
        return [searcher.doc(place)["id"][0] for _, place in found]

    return ask


RIVALS: dict[str, Rival] = {"sqlite_fts5": sqlite_fts5, "tantivy": tantivy}


@contextmanager
def built(rival: Rival, articles: Sequence[Article]) -> Iterator[tuple[Ask, dict[str, float]]]:
    """A rival filled with articles, and what that took: seconds and megabytes on disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin = time.perf_counter()
        ask = rival(articles, folder)
        took = time.perf_counter() - begin
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        figures = {"articles_per_s": round(len(articles) / took), "index_mb": round(size / 1e6, 1)}
        yield ask, figures
