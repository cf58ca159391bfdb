"""The centre as a knowledge editor sees it: publishing, withdrawing, what all operators miss."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.desk import Article, Desk
from app.knowledge_centre import CentreArticles, Missed, Published
from app.knowledge_desk import Cluster
from app.sync.gaps import Missing
from ui.background import Background
from ui.look.language import Language

Lists = tuple[tuple[Article, ...], tuple[Published, ...], Missed | None]
"""What the centre has not, or not like this; what is in force there; what is missed at any seat."""


class Publishing(QObject):
    """``changed`` when the lists did, ``told`` when something was done, in words; ``found`` carries an
    id and the article that is in force under it, or ``None``."""

    changed = Signal()
    told = Signal(str)
    found = Signal(str, object)

    def __init__(self, desk: Desk, background: Background, language: Language, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._background = background
        self._language = language
        self._centre: CentreArticles | None = None
        self.unpublished: tuple[Article, ...] = ()
        self.published: tuple[Published, ...] = ()
        self.missed: Missed | None = None
        self._ids: set[str] = set()

    @property
    def at_centre(self) -> bool:
        """Whether somebody is logged in."""
        return self._centre is not None

    def has(self, article_id: str) -> bool:
        """Whether an article of this id is in force at the centre, as far as it was listed."""
        return article_id in self._ids

    def log_in(self, url: str, name: str, password: str) -> None:
        """Go to the centre; what it does not allow is said as any other error."""
        self._background.run(
            lambda: self._desk.articles.centre(url, name, password), self._on_logged_in
        )

    def log_out(self) -> None:
        """Hang up, if somebody is logged in."""
        if self._centre is not None:
            self._centre.close()
            self._centre = None
        self.unpublished, self.published, self.missed = (), (), None
        self._ids = set()
        self.changed.emit()

    def refresh(self) -> None:
        """Compare this seat's articles with the centre's again, and ask what is missed."""
        centre = self._centre
        if centre is None:
            return

        def ask() -> Lists:
            there = centre.listed()
            return self._desk.articles.unpublished(there), there, centre.missed()

        self._background.run(ask, self._on_listed, kind="publishing")

    def publish(self, article: Article, public: bool) -> None:
        """Put an article in force at all seats, for citizens too if ``public``."""
        centre = self._centre
        if centre is not None:
            words = self._language.say("editor_was_published", title=article.title)
            self._background.run(
                lambda: centre.publish(article, public), lambda _: self._on_done(words)
            )

    def withdraw(self, one: Published) -> None:
        """Take an article off all seats."""
        centre = self._centre
        if centre is not None:
            words = self._language.say("editor_was_withdrawn", title=one.title)
            self._background.run(lambda: centre.withdraw(one.id), lambda _: self._on_done(words))

    def look_up(self, article_id: str) -> None:
        """Fetch an article as it is in force; ``found`` brings it."""
        centre = self._centre
        if centre is not None:
            self._background.run(
                lambda: centre.article(article_id),
                lambda article: self.found.emit(article_id, article),
                kind="article in force",
            )

    def settle(self, deed: Missing, cluster: Cluster) -> None:
        """Somebody has seen to what operators of all seats miss."""
        centre, missed = self._centre, self.missed
        if centre is not None and missed is not None:
            self._background.run(
                lambda: centre.settle(deed, cluster, missed.upto), lambda _: self.refresh()
            )

    def _on_logged_in(self, centre: CentreArticles) -> None:
        self.log_out()
        self._centre = centre
        self.refresh()

    def _on_listed(self, found: Lists) -> None:
        if self._centre is not None:
            self.unpublished, self.published, self.missed = found
            self._ids = {one.id for one in self.published}
            self.changed.emit()

    def _on_done(self, words: str) -> None:
        self.told.emit(words)
        self.refresh()
