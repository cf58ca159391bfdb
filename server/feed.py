"""The change feed: what the centre has to tell the seats, in an order that a cursor can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text

from app.sync.changes import article_to_json
from app.sync.kinds import ARTICLE
from app.sync.protocol import (
    MAX_OPERATION_BYTES,
    UNASKED_BYTES,
    Change,
    Changes,
    NewsPage,
    canonical,
)
from knowledge_base.article import Article
from knowledge_base.importers import read_paths
from resources.errors import UserError
from server.audit import note
from server.database import CentreDatabase
from server.kept import read_json
from server.schema import change, public_article

EVERY_SEAT = ""
CHANNEL = "jiesu_change"
PAGE_CHANGES = 200
PAGE_BYTES = 1024 * 1024
_LOCK = 0x6A696574


@dataclass(frozen=True, slots=True)
class News:
    """One change to be told; ``body`` ``None`` = the thing is no more. ``seat`` empty = all seats."""

    kind: str
    key: str
    body: str | None
    seat: str = EVERY_SEAT


def tell(connection: Connection, news: Sequence[News]) -> None:
    """Append to the feed, inside the transaction that makes the change.

    Only the newest state of a thing stays in the feed. Transactions that tell something run one
    after the other, so that no cursor passes a number whose row is not yet to be seen.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    now = datetime.now(UTC)
    for one in news:
        connection.execute(
            delete(change).where(
                change.c.kind == one.kind, change.c.key == one.key, change.c.seat == one.seat
            )
        )
        connection.execute(
            insert(change).values(kind=one.kind, key=one.key, body=one.body, seat=one.seat, at=now)
        )
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"NOTIFY {CHANNEL}"))


def changes_after(database: CentreDatabase, seat: str, cursor: int) -> Changes:
    """The next page for a seat. A cursor from beyond the feed's end starts again from the beginning."""
    query = (
        select(change.c.seq, change.c.kind, change.c.key, change.c.body)
        .where(change.c.seat.in_([EVERY_SEAT, seat]), change.c.seq > cursor)
        .order_by(change.c.seq)
        .limit(PAGE_CHANGES)
    )
    with database.read() as connection:
        newest = connection.scalar(select(func.max(change.c.seq))) or 0
        rows = connection.execute(query).all()
    if cursor > newest:  # the centre's database is older than the seat: restored from a backup
        return Changes(changes=(), cursor=0, more=newest > 0)
    return _page_of(rows, newest)


def changes_for_all(connection: Connection, cursor: int, upto: int) -> Changes:
    """The next page after a cursor, as far as ``upto``, for seats that have nothing of their own."""
    query = (
        select(change.c.seq, change.c.kind, change.c.key, change.c.body)
        .where(change.c.seat == EVERY_SEAT, change.c.seq > cursor, change.c.seq <= upto)
        .order_by(change.c.seq)
        .limit(PAGE_CHANGES)
    )
    return _page_of(connection.execute(query).all(), upto)


def _page_of(rows: Sequence[Any], newest: int) -> Changes:
    """As many of these rows as a page holds, with the cursor behind them."""
    told, size = 0, 0
    for row in rows:
        size += len((row.body or "").encode())
        if told and size > PAGE_BYTES:
            break
        told += 1
    more = told < len(rows) or len(rows) == PAGE_CHANGES
    cursor = rows[told - 1].seq if more else newest
    return Changes(changes=tuple(_readable(rows[:told])), cursor=cursor, more=more)


def _readable(rows: Iterable[Any]) -> Iterator[Change]:
    """The changes in these rows; one whose body cannot be read must not hold up the rest."""
    for row in rows:
        body = None if row.body is None else read_json(row.body, f"{row.kind} {row.key}")
        if row.body is None or body is not None:
            yield Change(kind=row.kind, key=row.key, body=body)


def newest_change(connection: Connection) -> int:
    """The end of the feed."""
    return connection.scalar(select(func.max(change.c.seq))) or 0


def seats_concerned(connection: Connection, after: int, upto: int) -> set[str]:
    """To whom the changes in a stretch of the feed are addressed."""
    query = select(change.c.seat).where(change.c.seq > after, change.c.seq <= upto).distinct()
    return set(connection.scalars(query))


def page_for_all(connection: Connection, after: int, upto: int) -> bytes:
    """What a stretch of the feed tells all seats, as the rest of a ``NewsPage`` in JSON without its
    beginning ``{"after":N,``; empty when it is too large to be sent to everybody unasked."""
    query = (
        select(change.c.kind, change.c.key, change.c.body)
        .where(change.c.seat == EVERY_SEAT, change.c.seq > after, change.c.seq <= upto)
        .order_by(change.c.seq)
        .limit(PAGE_CHANGES)
    )
    rows = connection.execute(query).all()
    if len(rows) == PAGE_CHANGES or sum(len(row.body or "") for row in rows) > UNASKED_BYTES // 4:
        return b""
    page = NewsPage(after=after, changes=tuple(_readable(rows)), cursor=upto)
    return page.model_dump_json().encode().removeprefix(b'{"after":%d,' % after)


def publish_articles(
    database: CentreDatabase, paths: Iterable[Path], public: bool = False, by: str = "console"
) -> tuple[str, ...]:
    """Publish the articles of files or folders to all seats; their ids. All of them or none.

    ``public``: citizens may read them too. Republishing without it takes that back.

    Raises ``UserError`` for the first that cannot be read or is too large.
    """
    articles, problems = read_paths(paths)
    if problems:
        first = problems[0]
        raise UserError("SERVER_ARTICLE", path=first.path, detail=f"{first.code} {first.detail}")
    return publish(database, articles, public, by)


def publish(
    database: CentreDatabase, articles: Iterable[Article], public: bool, by: str
) -> tuple[str, ...]:
    """Publish articles to all seats, and to citizens if ``public``; their ids."""
    news = [_as_news(article) for article in articles]
    ids = tuple(one.key for one in news)
    with database.write() as connection:
        tell(connection, news)
        _set_public(connection, ids, public)
        for article_id in ids:
            note(connection, by, "article.publish", article_id, public=public)
    return ids


def _set_public(connection: Connection, article_ids: Iterable[str], public: bool) -> None:
    ids = list(dict.fromkeys(article_ids))
    connection.execute(delete(public_article).where(public_article.c.article_id.in_(ids)))
    if public and ids:
        connection.execute(insert(public_article), [{"article_id": one} for one in ids])


def withdraw_article(database: CentreDatabase, article_id: str, by: str = "console") -> None:
    """Take an article off all seats. Raises ``UserError`` when the id cannot be one."""
    if not 0 < len(article_id) <= 255 or "\0" in article_id:
        raise UserError("SERVER_ARTICLE", path=article_id, detail="id")
    with database.write() as connection:
        tell(connection, [News(ARTICLE, article_id, None)])
        _set_public(connection, [article_id], False)
        note(connection, by, "article.withdraw", article_id)


def _as_news(article: Article) -> News:
    body = canonical(article_to_json(article))
    if len(body) > MAX_OPERATION_BYTES or not 0 < len(article.id) <= 255:
        raise UserError("SERVER_ARTICLE", path=article.id[:80], detail=f"{len(body)} B")
    return News(ARTICLE, article.id, body.decode())
