"""The editor's side over HTTP: which articles are published, publishing, withdrawing."""

from __future__ import annotations

import json
import logging
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field, JsonValue
from sqlalchemy import Connection, select

from app.sync.changes import article_from_json, article_to_json, content_of
from app.sync.kinds import ARTICLE
from app.sync.protocol import Message
from knowledge_base.article import Article
from knowledge_base.comparison import changes
from knowledge_base.importers.values import BadArticle, article_of
from knowledge_base.lint import lint
from resources.errors import UserError
from server.asking import Database, Who
from server.feed import EVERY_SEAT, publish, withdraw_article
from server.problems import Refused
from server.schema import change, public_article

log = logging.getLogger(__name__)
MOST_LISTED = 1_000
router = APIRouter(prefix="/api/v1/articles")
ArticleId = Annotated[str, Path(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ArticleListed(Message):
    """A published article without its text."""

    id: str
    title: str
    owner: str
    review: date | None
    expires: date | None
    public: bool
    at: datetime
    content: str
    """A digest of all of it but the version."""


class ArticleShown(Message):
    """A published article; ``public`` = citizens may read it too."""

    article: dict[str, Any]
    public: bool
    at: datetime


class ArticleWanted(Message):
    """An article to publish, its facts under the names of ``docs/knowledge.md``."""

    article: dict[str, JsonValue] = Field(repr=False)
    public: bool = False


class ArticlePublished(Message):
    """What was published: the facts that differ from before, and what lint says."""

    id: str
    changed: tuple[str, ...]
    findings: tuple[str, ...]


@router.get("")
def listed(
    database: Database,
    review_until: Annotated[date | None, Query()] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[ArticleListed]:
    """Published articles, at most ``MOST_LISTED`` from ``offset`` on, those to be reviewed first; with
    ``review_until`` only what is due."""
    with database.read() as connection:
        public = set(connection.scalars(select(public_article.c.article_id)))
        rows = connection.execute(_published()).all()
    found: list[ArticleListed] = []
    for row in rows:
        article = _read(row.key, row.body)
        if article is None:
            continue
        if review_until is None or (article.review and article.review <= review_until):
            found.append(
                ArticleListed(
                    id=article.id,
                    title=article.title,
                    owner=article.owner,
                    review=article.review,
                    expires=article.expires,
                    public=article.id in public,
                    at=row.at,
                    content=content_of(article),
                )
            )
    found.sort(key=lambda one: (one.review or date.max, one.id))
    return found[offset : offset + MOST_LISTED]


@router.get("/{article_id}")
def shown(article_id: ArticleId, database: Database) -> ArticleShown:
    """A published article."""
    with database.read() as connection:
        found = _find(connection, article_id)
        public = connection.scalar(
            select(public_article.c.article_id).where(public_article.c.article_id == article_id)
        )
    if found is None:
        raise Refused(404, "ARTICLE_UNKNOWN")
    article, at = found
    return ArticleShown(article=article_to_json(article), public=public is not None, at=at)


@router.put("/{article_id}")
def put(
    article_id: ArticleId, message: ArticleWanted, asker: Who, database: Database
) -> ArticlePublished:
    """Publish an article to all seats, and to citizens if ``public``; the next version replaces it."""
    try:
        wanted = article_of({**message.article, "id": article_id})
        with database.read() as connection:
            before = _find(connection, article_id)
        publish(database, [wanted], message.public, asker.name)
    except BadArticle as bad:
        raise Refused(422, bad.code, bad.detail) from None
    except UserError as error:
        raise Refused(422, error.code) from None
    old = before[0] if before else Article(article_id, 0, "", "")
    return ArticlePublished(
        id=article_id,
        changed=tuple(one.name for one in changes(old, wanted)),
        findings=tuple(one.code for one in lint([wanted], date.today())),
    )


@router.delete("/{article_id}", status_code=204)
def withdraw(article_id: ArticleId, asker: Who, database: Database) -> None:
    """Take an article off all seats and off the citizens' page."""
    withdraw_article(database, article_id, asker.name)


def _published() -> Any:
    return select(change.c.key, change.c.body, change.c.at).where(
        change.c.kind == ARTICLE, change.c.seat == EVERY_SEAT, change.c.body.is_not(None)
    )


def _find(connection: Connection, article_id: str) -> tuple[Article, datetime] | None:
    row = connection.execute(_published().where(change.c.key == article_id)).first()
    article = _read(row.key, row.body) if row else None
    return (article, row.at) if row and article else None


def _read(article_id: str, body: str) -> Article | None:
    """An article of the feed; one that this version cannot read is as good as none."""
    try:
        return article_from_json(json.loads(body))
    except ValueError:
        log.warning("article %s cannot be read", article_id)
        return None
