"""Articles that were found or suggested, as cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from ui.look.cards import Card, CardRole, Passage
from ui.look.wording import DOT

if TYPE_CHECKING:
    from app.desk import Article, SearchHit
    from ui.look.language import Language

Index = QModelIndex | QPersistentModelIndex
TONES = {"valid": "ok", "not_yet": "warn", "expired": "bad"}
ROOT = QModelIndex()


def badge(article: Article, language: Language) -> tuple[str, str]:
    """Whether an article holds today and where: the words and their tone."""
    validity = article.validity(date.today())
    words = language.say(f"validity_{validity}")
    return (DOT.join(part for part in (words, article.region) if part), TONES[validity])


class HitsModel(QAbstractListModel):
    """Search hits in order, with a word on those the ticket cites."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._hits: tuple[SearchHit, ...] = ()
        self._cited: frozenset[str] = frozenset()
        language.changed.connect(self._refresh)

    def show_hits(self, hits: Iterable[SearchHit]) -> None:
        """Show other hits."""
        hits = tuple(hits)
        if hits == self._hits:
            return
        self.beginResetModel()
        self._hits = hits
        self.endResetModel()

    def show_cited(self, article_ids: Iterable[str]) -> None:
        """Say which articles the ticket cites."""
        self._cited = frozenset(article_ids)
        self._refresh()

    def article(self, row: int) -> Article | None:
        """The article of a row."""
        return self._hits[row].article if 0 <= row < len(self._hits) else None

    def _refresh(self) -> None:
        if self._hits:
            self.dataChanged.emit(self.index(0), self.index(len(self._hits) - 1))

    def _card(self, hit: SearchHit) -> Card:
        words, tone = badge(hit.article, self._language)
        passages = [Passage(hit.passage, hit.marks)] if hit.passage else []
        if hit.article.id in self._cited:
            passages.append(Passage(self._language.say("cited"), tone="ok"))
        return Card(hit.article.title, words, tone, tuple(passages), tuple(self._details(hit)))

    def _details(self, hit: SearchHit) -> Iterator[Passage]:
        """What to say, and why this article."""
        say = self._language.say
        if hit.article.spoken:
            yield Passage(say("spoken", words=hit.article.spoken), boxed=True)
        why = [say("matched", words="、".join(hit.matched))] if hit.matched else []
        if hit.liking != 1:
            why.append(say("liking", share=f"{hit.liking - 1:+.0%}"))
        if why:
            yield Passage(DOT.join(why))

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._hits):
            return None
        card = self._card(self._hits[index.row()])
        if role == CardRole.CARD:
            return card
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return card.spoken()
        return None
