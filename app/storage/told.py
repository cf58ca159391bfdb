"""What the centre told the seat, and how far its feed was followed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from app.storage import reference, users
from app.storage.amending import follow_content
from app.storage.articles import put_articles, withdraw
from app.storage.forgetting import forget
from app.storage.knowledge_use import forget_one
from app.storage.schema import meta, told
from app.sync.changes import article_from_json
from app.sync.kinds import ARTICLE, GAP, REFERENCE, TICKET_CONTENT, TICKET_FORGOTTEN, USER
from app.sync.protocol import Change, NewsPage, Told

log = logging.getLogger(__name__)
_CURSOR = "feed"
_AT_ONCE = 500
"""SQLite takes no more than some thousand values in one statement."""


def cursor_of(connection: Connection, centre: str) -> int:
    """How far the feed of a centre was followed; 0 for another centre than last time."""
    value = connection.scalar(select(meta.c.value).where(meta.c.name == _CURSOR))
    kept = json.loads(value) if value else {}
    return int(kept["cursor"]) if kept.get("centre") == centre else 0


def follow(connection: Connection, centre: str, changes: Iterable[Change], cursor: int) -> Told:
    """Keep changes and the cursor behind them in one transaction; what changed.

    A kind or content that this version does not understand is kept for a later one.
    """
    changed: Told = {}
    for change in changes:
        changed.setdefault(change.kind, set()).add(change.key)
        if change.kind == REFERENCE:  # keeps its versions itself
            reference.keep(connection, change.key, change.body)
            continue
        if change.kind == GAP:  # there is nothing to keep of what is settled
            forget_one(connection, change.key)
            continue
        keep = insert(told).values(kind=change.kind, key=change.key, body=change.body)
        connection.execute(
            keep.on_conflict_do_update(
                index_elements=["kind", "key"], set_={"body": keep.excluded.body}
            )
        )
        if change.kind == ARTICLE:
            _follow_article(connection, change.key, change.body)
        elif change.kind == TICKET_CONTENT:
            follow_content(connection, change.key, change.body)
        elif change.kind == TICKET_FORGOTTEN:
            forget(connection, change.key, change.body)
        elif change.kind == USER:
            users.follow_account(connection, change.key, change.body)
    value = {"value": json.dumps({"centre": centre, "cursor": cursor})}
    connection.execute(
        insert(meta)
        .values(name=_CURSOR, **value)
        .on_conflict_do_update(index_elements=["name"], set_=value)
    )
    return changed


def told_of(
    connection: Connection, kind: str, keys: Iterable[str] | None = None
) -> dict[str, JsonValue]:
    """Everything of one kind (of some keys) that the centre told and has not taken back, by its key."""
    query = select(told.c.key, told.c.body).where(told.c.kind == kind).order_by(told.c.key)
    queries = [query] if keys is None else [query.where(some) for some in _in_parts(keys)]
    rows = [row for one in queries for row in connection.execute(one)]
    return {row.key: row.body for row in rows if row.body is not None}


def drop_told(connection: Connection, kind: str, keys: Iterable[str]) -> None:
    """Forget what the centre told of some keys."""
    for some in _in_parts(keys):
        connection.execute(delete(told).where(told.c.kind == kind, some))


def _in_parts(keys: Iterable[str]) -> list[ColumnElement[bool]]:
    wanted = sorted(keys)
    return [
        told.c.key.in_(wanted[begin : begin + _AT_ONCE]) for begin in range(0, len(wanted), _AT_ONCE)
    ]


def follow_page(connection: Connection, centre: str, page: NewsPage) -> Told | None:
    """Keep news that came unasked; ``None`` when the seat is not so far and has to pull."""
    cursor = cursor_of(connection, centre)
    if cursor < page.after:
        return None
    if cursor >= page.cursor:
        return {}
    return follow(connection, centre, page.changes, page.cursor)


def _follow_article(connection: Connection, article_id: str, body: JsonValue) -> None:
    if body is None:
        withdraw(connection, article_id)
        return
    try:
        article = article_from_json(body)
    except ValueError:
        log.warning("an article of the centre cannot be read")
        return
    if article.id == article_id:
        put_articles(connection, [article])
