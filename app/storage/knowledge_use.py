"""How articles are used and what was missing, in the seat's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from app.knowledge_use import ABOUT_ARTICLES, MISSING, TYPING, Deed, Use
from app.storage.database import Database
from app.storage.schema import knowledge_use as table

MOST_ROWS = 50_000
"""The oldest beyond this are dropped; a seat makes some tens a day."""
_MISSING = [deed.value for deed in MISSING]


class StoredUse:
    """The uses of a seat, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, use: Use) -> None:
        """Keep one more."""
        row = {**asdict(use), "deed": use.deed.value, "to_send": use.deed in MISSING}

        def write(connection: Connection) -> None:
            new = connection.execute(insert(table).values(**row))
            seq = new.lastrowid
            connection.execute(delete(table).where(table.c.seq <= seq - MOST_ROWS))

        self._database.write(write)

    def all(self) -> tuple[Use, ...]:
        """Everything that is kept."""
        rows = self._database.read(lambda connection: connection.execute(_uses()).all())
        return tuple(map(_use, rows))

    def to_send(self, limit: int, now: datetime) -> tuple[Use, ...]:
        """The oldest gaps and searches in vain that the centre has not confirmed; no search that
        somebody may still be typing at."""
        query = (
            _uses()
            .where(table.c.to_send, table.c.words != "")
            .where((table.c.deed == Deed.GAP.value) | (table.c.at < now - 2 * TYPING))
            .limit(limit)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(_use, rows))

    def note_sent(self, ids: Sequence[str]) -> None:
        """The centre has these."""
        sent = update(table).where(table.c.id.in_(ids)).values(to_send=False)
        self._database.write(lambda connection: connection.execute(sent) and None)

    def take_back(self, use: Use) -> None:
        """Drop one deed."""
        self._database.write(lambda connection: forget_one(connection, use.id))

    def forget(self, article_id: str | None = None) -> int:
        """Drop what was done with an article, or with all of them; how many rows. Gaps stay."""
        query = delete(table).where(table.c.deed.in_([deed.value for deed in ABOUT_ARTICLES]))
        if article_id is not None:
            query = query.where(table.c.article_id == article_id)
        return self._database.write(lambda connection: connection.execute(query).rowcount)

    def settle(self, words: tuple[str, ...]) -> tuple[Use, ...]:
        """Drop gaps and searches in vain that were worded so: an editor has seen to them."""
        mine = table.c.deed.in_(_MISSING), table.c.words.in_(words)

        def write(connection: Connection) -> tuple[Use, ...]:
            gone = tuple(map(_use, connection.execute(_uses().where(*mine)).all()))
            connection.execute(delete(table).where(*mine))
            return gone

        return self._database.write(write)


def forget_one(connection: Connection, use_id: str) -> None:
    """Drop one deed, inside a transaction."""
    connection.execute(delete(table).where(table.c.id == use_id))


def _uses() -> Select[tuple[datetime, str, str, str, str, str]]:
    columns = (table.c.at, table.c.deed, table.c.article_id, table.c.category, table.c.words)
    return select(*columns, table.c.id).order_by(table.c.seq)


def _use(row: Row[tuple[datetime, str, str, str, str, str]]) -> Use:
    return Use(row.at, Deed(row.deed), row.article_id, row.category, row.words, row.id)
