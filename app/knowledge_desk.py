"""What a front end does with the knowledge base: look up, mark, import, and the editor's lists."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.masking import mask_text
from app.knowledge_use import MOST_WORDS, TYPING, Deed, Habits, Use
from knowledge_base.article import Article, SearchHit
from knowledge_base.cluster import Cluster as Cluster
from knowledge_base.comparison import Change as Change
from knowledge_base.comparison import Kind as Kind
from knowledge_base.comparison import Piece as Piece
from knowledge_base.comparison import changes as changes
from knowledge_base.only import EVERYTHING, Choices, Only
from resources.errors import UserError

if TYPE_CHECKING:
    from app.knowledge_centre import CentreArticles, Published
    from app.storage.seat_store import SeatStore
    from knowledge_base.importers import ImportProblem as ImportProblem
    from knowledge_base.importers import ImportReport as ImportReport
    from knowledge_base.search import KnowledgeBase

REVIEW_SOON = timedelta(days=30)
_MOST_CITED = 20


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a typed query: hits, and another wording where a word seems mistyped."""

    hits: tuple[SearchHit, ...]
    meant: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What waits for the editor."""

    gaps: tuple[Cluster, ...]
    """What operators reported to be missing."""
    in_vain: tuple[Cluster, ...]
    """Searches without a result."""
    due: tuple[Article, ...]
    """Articles to be reviewed within 30 days or overdue, the earliest first."""
    cited: tuple[tuple[Article, int], ...]
    """The articles cited most."""
    doubted: tuple[tuple[Article, int], ...]
    """The articles marked as no help most."""


class KnowledgeDesk:
    """The knowledge base of one seat. Methods may block, except ``likings`` and ``counts``."""

    def __init__(self, store: Callable[[], SeatStore], knowledge: Callable[[], KnowledgeBase]) -> None:
        self._store = store
        self._knowledge = knowledge
        self._lock = threading.Lock()
        self._habits: Habits | None = None
        self._vain = Use(datetime.min.replace(tzinfo=UTC), Deed.NOTHING_FOUND)

    # -- looking up ------------------------------------------------------------------------------

    def search(self, query: str, limit: int = 10, category: str = "", only: Only = EVERYTHING) -> Found:
        """Articles for a typed query; ``category`` is that of the ticket being written."""
        knowledge = self._knowledge()
        likings = self.likings(category)
        hits = knowledge.search(
            query, limit, only.region, only.category, likings=likings, issuer=only.issuer
        )
        return Found(hits, knowledge.did_you_mean(query, hits) if query.strip() else None)

    def choices(self) -> Choices:
        """What a search can be limited to."""
        return self._knowledge().choices()

    def used(self) -> dict[str, dict[Deed, int]]:
        """Article id → how often what was done with it, for all that count."""
        return {name: self.counts(name) for name in sorted(self.likings())}

    def likings(self, category: str = "") -> dict[str, float]:
        """What use says about articles in calls of a category; see ``Habits.likings``."""
        return self._known_habits().likings(category)

    def counts(self, article_id: str) -> dict[Deed, int]:
        """How often what was done with an article here."""
        return self._known_habits().counts(article_id)

    def _known_habits(self) -> Habits:
        with self._lock:
            if self._habits is None:
                self._habits = Habits(self._store().knowledge_use().all())
            return self._habits

    # -- learning from use -----------------------------------------------------------------------

    def note(self, deed: Deed, article: Article, category: str = "") -> None:
        """Keep that an article was opened, cited, or marked."""
        self._keep(Use(datetime.now(UTC), deed, article.id, category))

    def report_gap(self, words: str, category: str = "") -> None:
        """Keep that there is no good answer to something; personal numbers are masked."""
        self._keep(Use(datetime.now(UTC), Deed.GAP, "", category, _kept(words)))

    def note_nothing_found(self, query: str, category: str = "") -> None:
        """Keep a search in vain, once however long one typed at it."""
        words = _kept(query)
        now = datetime.now(UTC)
        with self._lock:
            before, self._vain = self._vain, Use(now, Deed.NOTHING_FOUND, "", category, words)
        goes_on = now - before.at < TYPING and (
            words.startswith(before.words) or before.words.startswith(words)
        )
        if words and goes_on and before.words:
            self._store().knowledge_use().take_back(before)
        if words:
            self._store().knowledge_use().add(self._vain)

    def forget(self, article_id: str | None = None) -> int:
        """Take back what was learned about an article, or everything; how many deeds that were."""
        gone = self._store().knowledge_use().forget(article_id)
        self._known_habits().forget(article_id)
        return gone

    def settle(self, cluster: Cluster) -> tuple[Use, ...]:
        """An editor has seen to these gaps or searches; which these were."""
        return self._store().knowledge_use().settle(tuple(cluster.wordings))

    def unsettle(self, uses: Iterable[Use]) -> None:
        """Nobody has seen to them after all."""
        for use in uses:
            self._store().knowledge_use().add(use)

    def _keep(self, use: Use) -> None:
        habits = self._known_habits()
        self._store().knowledge_use().add(use)
        with self._lock:
            habits.learn(use)

    # -- the editor's side -----------------------------------------------------------------------

    def overview(self, on: date) -> Overview:
        """What waits for the editor."""
        from knowledge_base.clusters import clusters

        uses = self._store().knowledge_use().all()
        articles = {article.id: article for article in self._store().articles().current()}
        due = [a for a in articles.values() if a.review and a.review <= on + REVIEW_SOON]

        def words(deed: Deed) -> Iterable[str]:
            return (use.words for use in uses if use.deed is deed)

        def most(deed: Deed) -> tuple[tuple[Article, int], ...]:
            counted = Counter(use.article_id for use in uses if use.deed is deed)
            return tuple(
                (articles[name], count)
                for name, count in counted.most_common(_MOST_CITED)
                if name in articles
            )

        return Overview(
            clusters(words(Deed.GAP)),
            clusters(words(Deed.NOTHING_FOUND)),
            tuple(sorted(due, key=lambda article: (article.review or on, article.id))),
            most(Deed.CITED),
            most(Deed.NOT_USEFUL),
        )

    def versions(self, article_id: str) -> tuple[Article, ...]:
        """All versions of an article that this seat ever had, newest first."""
        return self._store().articles().versions(article_id)

    def centre(self, url: str, name: str, password: str) -> CentreArticles:
        """The centre's articles, for a knowledge editor. Raises ``UserError``."""
        from app.knowledge_centre import CentreArticles

        return CentreArticles(url, name, password)

    def unpublished(self, there: Iterable[Published]) -> tuple[Article, ...]:
        """The articles of this seat that the centre has not, or not like this."""
        from app.knowledge_centre import unpublished

        return unpublished(self._store().articles().current(), there)

    def import_paths(
        self,
        paths: Sequence[Path],
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> ImportReport:
        """Import files and folders; see ``KnowledgeBase.import_paths``."""
        return self._knowledge().import_paths(paths, progress, cancel)

    def export(self, target: Path, language: str, ids: Collection[str] = ()) -> int:
        """Write the newest version of articles, of all without ``ids``; see ``write_articles``.

        Raises ``UserError``, also with ARTICLE_MISSING.
        """
        from app.reports.printing import print_pdf
        from knowledge_base.exporters import write_articles

        self._knowledge()  # which puts in the articles that come with the desk
        known = {article.id: article for article in self._store().articles().current()}
        if missing := [one for one in ids if one not in known]:
            raise UserError("ARTICLE_MISSING", id=missing[0])
        chosen = [known[one] for one in dict.fromkeys(ids)] or known.values()
        return write_articles(chosen, target, language, print_pdf)


def _kept(words: str) -> str:
    return mask_text(words.strip())[:MOST_WORDS]
