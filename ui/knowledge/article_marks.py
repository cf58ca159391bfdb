"""What an operator says about articles with one key each, kept in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.knowledge_use import Deed
from ui.look.named_key import NamedKey

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.desk import Article, Desk
    from ui.background import Background

USEFUL_KEY, NOT_USEFUL_KEY, GAP_KEY = "F6", "F7", "F10"


class ArticleMarks(QObject):
    """``told`` carries a tone and the key of a sentence; ``changed`` the id of an article that has one
    mark more.
    """

    told = Signal(str, str)
    changed = Signal(str)

    def __init__(self, desk: Desk, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._background = background

    def note(self, deed: Deed, article: Article | None, category: str = "") -> None:
        """Keep what was done with an article; a mark is told, reading and citing are not."""
        if article is None:
            return
        self._background.run(
            lambda: self._desk.articles.note(deed, article, category),
            lambda _: self._on_kept(deed, article.id),
        )

    def report_gap(self, words: str, category: str = "") -> None:
        """Keep that there is no good answer to these words."""
        if not words.strip():
            self.told.emit("warn", "gap_empty")
            return
        self._background.run(
            lambda: self._desk.articles.report_gap(words, category),
            lambda _: self.told.emit("ok", "gap_kept"),
        )

    def note_nothing_found(self, query: str, category: str = "") -> None:
        """Keep a search in vain."""
        self._background.run(lambda: self._desk.articles.note_nothing_found(query, category))

    def add_keys(
        self,
        page: QWidget,
        article: Callable[[], Article | None],
        words: Callable[[], str],
        category: Callable[[], str] = str,
    ) -> None:
        """Obey the three keys on a page."""
        acts: tuple[tuple[str, Callable[[], object]], ...] = (
            (USEFUL_KEY, lambda: self.note(Deed.USEFUL, article(), category())),
            (NOT_USEFUL_KEY, lambda: self.note(Deed.NOT_USEFUL, article(), category())),
            (GAP_KEY, lambda: self.report_gap(words(), category())),
        )
        for (key, act), name in zip(acts, ("mark_useful", "mark_not_useful", "mark_gap"), strict=True):
            NamedKey(key, name, page, act)

    def _on_kept(self, deed: Deed, article_id: str) -> None:
        if deed in (Deed.USEFUL, Deed.NOT_USEFUL):
            self.told.emit("ok", f"marked_{deed}")
        self.changed.emit(article_id)
