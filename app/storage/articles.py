"""Articles 知识 in the seat's database, with every version that was ever in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.storage.database import Database
from app.storage.schema import article, meta
from app.sync.changes import article_from_json, article_to_json
from knowledge_base.article import Article

_REVISION = "articles.revision"
_AT_ONCE = 500
"""Articles looked up in one query: SQLite takes no more than some thousand values."""


class StoredArticles:
    """The seat's ``ArticleStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Iterable[Article]:
        """The newest version of every article, in the order of their ids."""
        query = select(article.c.body).where(article.c.newest).order_by(article.c.id)
        bodies = self._database.read(lambda connection: connection.scalars(query).all())
        return [article_from_json(body) for body in bodies]

    def get(self, article_id: str, version: int | None = None) -> Article | None:
        """One article, in its newest or in the named version."""
        which = article.c.newest if version is None else article.c.version == version
        query = select(article.c.body).where(article.c.id == article_id, which)
        body = self._database.read(lambda connection: connection.scalar(query))
        return None if body is None else article_from_json(body)

    def versions(self, article_id: str) -> tuple[Article, ...]:
        """Every version of an article, newest first, also of one that was withdrawn."""
        query = (
            select(article.c.body).where(article.c.id == article_id).order_by(article.c.version.desc())
        )
        bodies = self._database.read(lambda connection: connection.scalars(query).all())
        return tuple(article_from_json(body) for body in bodies)

    def put(self, articles: Iterable[Article]) -> int:
        """Keep articles; a changed one becomes the next version. Returns how many changed.

        The version an article comes with does not count: the store numbers from 1.
        """
        new = list(articles)
        return self._database.write(lambda connection: put_articles(connection, new))

    def drop_unchanged(self, articles: Iterable[Article]) -> int:
        """Forget those of these articles that nobody has changed or withdrawn since; how many."""
        gone = list(articles)
        return self._database.write(lambda connection: _drop_unchanged(connection, gone))

    def revision(self) -> str:
        """A token that changes whenever the stored articles change."""
        query = select(meta.c.value).where(meta.c.name == _REVISION)
        return self._database.read(lambda connection: connection.scalar(query)) or ""

    def known_ids(self) -> set[str]:
        """The ids of all articles that were ever here, also those that were withdrawn."""
        query = select(article.c.id).distinct()
        return set(self._database.read(lambda connection: connection.scalars(query).all()))


def withdraw(connection: Connection, article_id: str) -> None:
    """Take an article out of force; its versions stay."""
    query = update(article).where(article.c.id == article_id, article.c.newest).values(newest=False)
    if connection.execute(query).rowcount:
        _new_revision(connection)


def put_articles(connection: Connection, articles: list[Article]) -> int:
    """Keep articles in the connection's transaction; see ``StoredArticles.put``."""
    newest, last = _known(connection, {new.id for new in articles})
    rows: dict[tuple[str, int], Article] = {}
    for new in articles:
        old = newest.get(new.id)
        if old is not None and replace(new, version=old.version) == old:
            continue
        version = last.get(new.id, 0) + 1
        kept = replace(new, version=version)
        newest[new.id], last[new.id] = kept, version
        rows[new.id, version] = kept
    if rows:
        changed = [{"changed": name} for name in dict.fromkeys(name for name, _ in rows)]
        connection.execute(
            update(article).where(article.c.id == bindparam("changed")).values(newest=False), changed
        )
        connection.execute(insert(article), [_row(kept, newest[kept.id]) for kept in rows.values()])
        _new_revision(connection)
    return len(rows)


def _drop_unchanged(connection: Connection, articles: list[Article]) -> int:
    newest, last = _known(connection, {one.id for one in articles})
    dropped = [
        one.id
        for one in articles
        if (old := newest.get(one.id)) is not None
        and last[one.id] == 1
        and replace(one, version=old.version) == old
    ]
    if dropped:
        gone = [{"gone": name} for name in dropped]
        connection.execute(delete(article).where(article.c.id == bindparam("gone")), gone)
        _new_revision(connection)
    return len(dropped)


def _row(kept: Article, newest: Article) -> dict[str, object]:
    body = article_to_json(kept)
    return {"id": kept.id, "version": kept.version, "newest": kept is newest, "body": body}


def _known(connection: Connection, ids: Iterable[str]) -> tuple[dict[str, Article], dict[str, int]]:
    """Of these articles the version in force, if any, and the number of the last one."""
    newest: dict[str, Article] = {}
    last: dict[str, int] = {}
    wanted = sorted(ids)
    for at in range(0, len(wanted), _AT_ONCE):
        among = article.c.id.in_(wanted[at : at + _AT_ONCE])
        bodies = connection.scalars(select(article.c.body).where(among, article.c.newest))
        newest |= {one.id: one for one in map(article_from_json, bodies)}
        numbers = select(article.c.id, func.max(article.c.version)).where(among).group_by(article.c.id)
        last |= {row[0]: row[1] for row in connection.execute(numbers)}
    return newest, last


def _new_revision(connection: Connection) -> None:
    token = {"value": uuid4().hex}
    connection.execute(
        upsert(meta)
        .values(name=_REVISION, **token)
        .on_conflict_do_update(index_elements=["name"], set_=token)
    )
