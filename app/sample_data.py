"""What comes with the program to try it with: articles, units, recorded calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from resources.loader import resource_path

if TYPE_CHECKING:
    from app.storage.articles import StoredArticles
    from knowledge_base.article import Article

SAMPLE_CALL = ("calls", "03-bbq-fumes.flac")


class SampleCounts(NamedTuple):
    """How many articles, handling units and recorded calls come with the program."""

    articles: int
    units: int
    calls: int


def count_samples() -> SampleCounts:
    """Count them. Blocks."""
    from app.dispatch.units import bundled_units

    articles = len(list(resource_path("articles").glob("*.md")))
    calls = len(list(resource_path("calls").glob("*.flac")))
    return SampleCounts(articles, len(bundled_units().units), calls)


def put_articles(store: StoredArticles) -> int:
    """Keep those articles the store has never held: one that the centre has changed since or
    withdrawn must not go back to what we shipped. How many were new."""
    known = store.known_ids()
    return store.put(article for article in _bundled() if article.id not in known)


def drop_articles(store: StoredArticles) -> int:
    """Forget those that are still as they came; how many."""
    return store.drop_unchanged(_bundled())


def _bundled() -> list[Article]:
    from knowledge_base.importers import read_paths

    articles, _ = read_paths([resource_path("articles")])
    return list(articles)
