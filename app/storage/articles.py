"""Articles 知识 in the seat's database, with every version that was ever in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.codec import without_lone_surrogates
from app.storage.database import Database
from app.storage.schema import article, meta
from knowledge_base.article import Article

_REVISION = "articles.revision"


class StoredArticles:
    """The seat's ``ArticleStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Iterable[Article]:
        """The newest version of every article, in the order of their ids."""
        query = select(article.c.body).where(article.c.newest).order_by(article.c.id)
        bodies = self._database.read(lambda connection: connection.scalars(query).all())
        return [_decode(body) for body in bodies]

    def get(self, article_id: str, version: int | None = None) -> Article | None:
        """One article, in its newest or in the named version."""
        which = article.c.newest if version is None else article.c.version == version
        query = select(article.c.body).where(article.c.id == article_id, which)
        body = self._database.read(lambda connection: connection.scalar(query))
        return None if body is None else _decode(body)

    def put(self, articles: Iterable[Article]) -> int:
        """Keep articles; a changed one becomes the next version. Returns how many changed.

        The version an article comes with does not count: the store numbers from 1.
        """
        new = list(articles)
        return self._database.write(lambda connection: _put(connection, new))

    def revision(self) -> str:
        """A token that changes whenever the stored articles change."""
        query = select(meta.c.value).where(meta.c.name == _REVISION)
        return self._database.read(lambda connection: connection.scalar(query)) or ""


def _put(connection: Connection, articles: list[Article]) -> int:
    changed = 0
    for new in articles:
        newest = connection.execute(
            select(article.c.body).where(article.c.id == new.id, article.c.newest)
        ).scalar()
        old = None if newest is None else _decode(newest)
        if old is not None and replace(new, version=old.version) == old:
            continue
        last = connection.scalar(select(func.max(article.c.version)).where(article.c.id == new.id)) or 0
        connection.execute(update(article).where(article.c.id == new.id).values(newest=False))
        connection.execute(
            insert(article).values(
                id=new.id, version=last + 1, newest=True, body=_encode(replace(new, version=last + 1))
            )
        )
        changed += 1
    if changed:
        token = {"value": uuid4().hex}
        connection.execute(
            upsert(meta)
            .values(name=_REVISION, **token)
            .on_conflict_do_update(index_elements=["name"], set_=token)
        )
    return changed


@cache
def _adapter() -> TypeAdapter[Article]:
    return TypeAdapter(Article)


def _encode(value: Article) -> Any:
    return without_lone_surrogates(_adapter().dump_python(value, mode="json"))


def _decode(body: Any) -> Article:
    return _adapter().validate_python(body)
