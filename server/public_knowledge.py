"""What citizens may look up themselves: the public articles of the centre, found by its own search."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, select

from app.sync.kinds import ARTICLE
from knowledge_base.article import Article, SearchHit
from knowledge_base.importers import read_paths
from knowledge_base.search import KnowledgeBase
from resources.loader import resource_path
from server.database import CentreDatabase
from server.feed import EVERY_SEAT
from server.schema import change, public_article

log = logging.getLogger(__name__)
LOOK_AGAIN_S = 1.0
MOST_HITS = 12
_TOLD_TO_ALL = (change.c.kind == ARTICLE) & (change.c.seat == EVERY_SEAT)
CITY = ZoneInfo("Asia/Shanghai")


class _Articles:
    """The public articles in memory, as the search reads them."""

    def __init__(self) -> None:
        self._articles: Mapping[str, Article] = {}
        self._revision = ""

    def replace_all(self, articles: Mapping[str, Article], revision: str) -> None:
        """Take another state."""
        self._articles, self._revision = articles, revision

    def current(self) -> Iterable[Article]:
        """All articles."""
        return tuple(self._articles.values())

    def get(self, article_id: str, version: int | None = None) -> Article | None:
        """One article."""
        found = self._articles.get(article_id)
        return found if found and version in (None, found.version) else None

    def put(self, articles: Iterable[Article]) -> int:
        """Nobody writes here: the centre's feed is the store."""
        raise NotImplementedError

    def revision(self) -> str:
        """Changes whenever the articles do."""
        return self._revision


class PublicKnowledge:
    """Search in the articles that are public now; built at the first question, newer within seconds.

    Public are the articles that come with the program, and those published as public. One that was
    published otherwise or withdrawn is not, whatever it was before. Safe from any thread.
    """

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._store = _Articles()
        self._base: KnowledgeBase | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._looked = 0.0

    def search(self, query: str, category: str | None = None) -> tuple[SearchHit, ...]:
        """Articles for a citizen's words, best first; those in force before the others."""
        return self._current().search(query, MOST_HITS, category=category)

    def did_you_mean(self, query: str) -> str | None:
        """The query set right, if a word of it seems mistyped."""
        return self._current().did_you_mean(query)

    def article(self, article_id: str) -> Article | None:
        """A public article."""
        self._current()
        return self._store.get(article_id)

    def categories(self) -> Mapping[str, int]:
        """The topics with how many articles each has, largest first."""
        self._current()
        counts: dict[str, int] = {}
        for article in self._store.current():
            if article.category:
                counts[article.category] = counts.get(article.category, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def of_category(self, category: str) -> tuple[Article, ...]:
        """The articles of a topic, by title."""
        self._current()
        found = (article for article in self._store.current() if article.category == category)
        return tuple(sorted(found, key=lambda article: article.title))

    def close(self) -> None:
        """Close the index and remove it: it is only a cache."""
        with self._lock:
            if self._base is not None:
                self._base.close()
            if self._folder is not None:
                self._folder.cleanup()

    def _current(self) -> KnowledgeBase:
        base = self._base
        if base is not None and time.monotonic() - self._looked < LOOK_AGAIN_S:
            return base
        with self._lock:
            if self._base is None or time.monotonic() - self._looked >= LOOK_AGAIN_S:
                self._look()
            assert self._base is not None
            return self._base

    def _look(self) -> None:
        with self._database.read() as connection:
            newest = connection.scalar(
                select(func.max(change.c.seq)).where(
                    change.c.kind == ARTICLE, change.c.seat == EVERY_SEAT
                )
            )
            revision = f"feed-{newest or 0}"
            if revision != self._store.revision():
                self._store.replace_all(_public_articles(connection), revision)
        if self._base is None:
            self._folder = tempfile.TemporaryDirectory(prefix="jiesu-kb-")
            self._base = KnowledgeBase(
                self._store, Path(self._folder.name), today=lambda: datetime.now(CITY).date()
            )
        else:
            self._base.refresh()
        self._looked = time.monotonic()


def _public_articles(connection: Connection) -> Mapping[str, Article]:
    bundled, _ = read_paths([resource_path("articles")])
    articles = {article.id: article for article in bundled}
    public = set(connection.scalars(select(public_article.c.article_id)))
    rows = connection.execute(select(change.c.seq, change.c.key, change.c.body).where(_TOLD_TO_ALL))
    reader = TypeAdapter(Article)
    for row in rows:
        articles.pop(row.key, None)
        if row.body is not None and row.key in public:
            try:
                article = reader.validate_json(row.body)
            except ValidationError:
                log.warning("article %s cannot be read", row.key)
                continue
            # the number in the feed grows with every state: the index must see that it changed
            articles[row.key] = replace(article, version=row.seq)
    return articles
