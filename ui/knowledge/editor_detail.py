"""What was chosen on the editor's page: wordings of a gap, an article beside its other versions."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from PySide6.QtWidgets import QTextBrowser

from app.desk import Article
from app.knowledge_centre import Published
from app.knowledge_desk import Cluster, Kind, Piece, changes
from ui.knowledge.hits_model import badge
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.wording import DOT


class EditorDetail(QTextBrowser):
    """Shows one thing at a time."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self.setObjectName("flush")
        self.setOpenLinks(False)
        self.document().setDocumentMargin(0)
        self._language = language
        self._appearance = appearance

    def show_cluster(self, cluster: Cluster) -> None:
        """All wordings of a gap, or of a search in vain."""
        rows = "".join(f"<li>{escape(words)} × {n}</li>" for words, n in cluster.wordings.items())
        self.setHtml(f"<h3>{escape(cluster.name)}</h3><ul>{rows}</ul>")

    def show_article(
        self, article: Article, versions: tuple[Article, ...], there: Article | None, asked: bool
    ) -> None:
        """The facts of an article, what publishing it would change, and what changed before.

        ``there`` = as it is in force at the centre, if ``asked`` and it is.
        """
        say = self._language.say
        review = say("review_by", day=article.review) if article.review else ""
        words, _ = badge(article, self._language)
        facts = DOT.join(part for part in (words, article.issuer, article.owner, review) if part)
        parts = [*_head(article.title, facts), *self._beside(there, article, asked)]
        for new, old in pairwise(versions):
            head = say("editor_changed", new=new.version, old=old.version)
            parts += [_strong(head), *self._changes(old, new)]
        if len(versions) == 1:
            parts.append(_plain(say("editor_one_version")))
        self.setHtml("".join(parts))

    def show_published(
        self, one: Published, versions: tuple[Article, ...], there: Article | None
    ) -> None:
        """An article in force, and what publishing this seat's would change."""
        parts = [*_head(one.title, one.id)]
        if there is not None and versions:
            parts += self._beside(there, versions[0], True)
        elif there is not None:
            parts.append(_plain(self._language.say("editor_not_here")))
        self.setHtml("".join(parts))

    def _beside(self, there: Article | None, here: Article, asked: bool) -> Iterator[str]:
        say = self._language.say
        if there is None:
            if asked:
                yield _plain(say("editor_new_there"))
            return
        found = list(self._changes(there, here))
        if found:
            yield _strong(say("editor_would_change"))
            yield from found
        else:
            yield _plain(say("editor_same_there"))

    def _changes(self, old: Article, new: Article) -> Iterator[str]:
        for change in changes(old, new):
            name = escape(self._language.say(f"article_{change.name}"))
            yield f"<p>{name}：{''.join(map(self._piece, change.pieces))}</p>"

    def _piece(self, piece: Piece) -> str:
        roles = self._appearance.roles
        kind, words = piece.kind, escape(piece.text).replace("\n", "<br>")
        if kind is Kind.GONE:
            return f'<s style="color:{roles.bad};background:{roles.bad_soft}">{words}</s>'
        if kind is Kind.NEW:
            return f'<span style="color:{roles.ok};background:{roles.ok_soft}">{words}</span>'
        return words


def _head(title: str, facts: str) -> tuple[str, str]:
    return f"<h3>{escape(title)}</h3>", _plain(facts)


def _plain(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _strong(words: str) -> str:
    return f"<p><b>{escape(words)}</b></p>"
