"""How articles are used, in the seat's database."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from app.knowledge_use import ABOUT_ARTICLES, Deed, Use
from app.storage.database import Database
from app.storage.schema import knowledge_use as table

MOST_ROWS = 50_000
"""The oldest beyond this are dropped; a seat makes some tens a day."""


class StoredUse:
    """The uses of a seat, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, use: Use) -> None:
        """Keep one more."""
        row = {**asdict(use), "deed": use.deed.value}

        def write(connection: Connection) -> None:
            new = connection.execute(insert(table).values(**row))
            seq = new.lastrowid
            connection.execute(delete(table).where(table.c.seq <= seq - MOST_ROWS))

        self._database.write(write)

    def all(self) -> tuple[Use, ...]:
        """Everything that is kept."""
        query = select(
            table.c.at, table.c.deed, table.c.article_id, table.c.category, table.c.words
        ).order_by(table.c.seq)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return tuple(
            Use(row.at, Deed(row.deed), row.article_id, row.category, row.words) for row in rows
        )

    def forget(self, article_id: str | None = None) -> int:
        """Drop what was done with an article, or with all of them; how many rows. Gaps stay."""
        query = delete(table).where(table.c.deed.in_([deed.value for deed in ABOUT_ARTICLES]))
        if article_id is not None:
            query = query.where(table.c.article_id == article_id)
        return self._database.write(lambda connection: connection.execute(query).rowcount)

    def settle(self, words: tuple[str, ...]) -> int:
        """Drop gaps and searches in vain that were worded so: an editor has seen to them."""
        query = delete(table).where(
            table.c.deed.in_([Deed.GAP.value, Deed.NOTHING_FOUND.value]), table.c.words.in_(words)
        )
        return self._database.write(lambda connection: connection.execute(query).rowcount)
