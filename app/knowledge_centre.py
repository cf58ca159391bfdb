"""Articles at the centre, for somebody who logs in there as a knowledge editor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from app.knowledge_use import Deed
from app.sync.changes import article_from_json, article_to_json, content_of
from app.sync.gaps import GapsListed, GapsSettled, Missing
from app.sync.visit import LeadVisit
from knowledge_base.article import Article
from knowledge_base.cluster import Cluster
from resources.errors import UserError

PAGE = 1_000
"""Articles that the centre lists at once."""


@dataclass(frozen=True, slots=True)
class Published:
    """An article that is in force at all seats; ``content`` = a digest of its text and facts."""

    id: str
    title: str
    owner: str
    review: date | None
    public: bool
    content: str


@dataclass(frozen=True, slots=True)
class Missed:
    """What no article answered at any seat, by kind; ``upto`` = how much of it this is."""

    gaps: tuple[Cluster, ...]
    in_vain: tuple[Cluster, ...]
    upto: int


class CentreArticles:
    """The centre's articles, and what they do not answer. The password is not kept.

    Every method blocks and raises ``UserError``.
    """

    def __init__(self, url: str, name: str, password: str) -> None:
        """Log in. Raises ``UserError``: unreachable, refused, or not a knowledge editor."""
        self._visit = LeadVisit(url, name, password, "EDITOR_REFUSED")
        try:
            self.listed()
        except BaseException:
            self._visit.close()
            raise

    def listed(self) -> tuple[Published, ...]:
        """All that is published, what is to be reviewed first."""
        found: list[Published] = []
        while len(found) % PAGE == 0:
            rows = self._visit.ask("GET", "/articles", params={"offset": str(len(found))})
            try:
                page = [_published(row) for row in rows]
            except (KeyError, TypeError, ValueError) as error:
                raise UserError("CENTRE_GARBLED", url=self._visit.url, detail=error) from error
            found += page
            if not page:
                break
        return tuple(found)

    def publish(self, article: Article, public: bool) -> None:
        """Put an article in force at all seats; ``public`` = citizens may read it too."""
        facts = article_to_json(article)
        del facts["version"]  # the centre's feed numbers them itself
        self._visit.ask("PUT", _path(article.id), json={"article": facts, "public": public})

    def withdraw(self, article_id: str) -> None:
        """Take an article off all seats."""
        self._visit.ask("DELETE", _path(article_id))

    def article(self, article_id: str) -> Article | None:
        """An article as it is in force; ``None`` when it is not."""
        try:
            return article_from_json(self._visit.ask("GET", _path(article_id))["article"])
        except UserError as error:
            if _is_unknown(error):
                return None
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="JSON") from error

    def missed(self) -> Missed | None:
        """What operators of all seats miss; ``None`` when the centre is older than this."""
        from knowledge_base.clusters import clusters

        try:
            there = GapsListed.model_validate(self._visit.ask("GET", "/gaps"))
        except UserError as error:
            if _is_unknown(error):
                return None
            raise
        except ValueError as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="JSON") from error

        def of(deed: Deed) -> tuple[Cluster, ...]:
            return clusters({one.words: one.count for one in there.gaps if one.deed is deed})

        return Missed(of(Deed.GAP), of(Deed.NOTHING_FOUND), there.upto)

    def settle(self, deed: Missing, cluster: Cluster, upto: int) -> None:
        """Somebody has seen to these, for all seats."""
        done = GapsSettled(deed=deed, words=tuple(cluster.wordings), upto=upto)
        self._visit.ask("POST", "/gaps/settle", json=done.model_dump(mode="json"))

    def close(self) -> None:
        """Hang up."""
        self._visit.close()


def unpublished(own: Iterable[Article], there: Iterable[Published]) -> tuple[Article, ...]:
    """The articles of a seat that the centre has not, or not like this, by title."""
    known = {one.content for one in there}
    return tuple(sorted((a for a in own if content_of(a) not in known), key=lambda a: (a.title, a.id)))


def _is_unknown(error: UserError) -> bool:
    return error.values.get("detail") == 404


def _path(article_id: str) -> str:
    return f"/articles/{quote(article_id, safe='')}"


def _published(row: dict[str, Any]) -> Published:
    review = date.fromisoformat(row["review"]) if row["review"] else None
    facts = (str(row["id"]), str(row["title"]), str(row["owner"]), review)
    return Published(*facts, bool(row["public"]), str(row["content"]))
