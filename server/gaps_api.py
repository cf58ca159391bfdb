"""What no article answered, of all seats: gaps and searches in vain come in, editors see to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Select, func, select, update
from starlette.responses import Response

from app.knowledge_use import MISSING, Deed
from app.sync.gaps import MOST_WORDINGS, GapListed, GapsListed, GapsSent, GapsSettled
from app.sync.kinds import GAP
from server.asking import Database, Who
from server.audit import note
from server.database import insert_into
from server.feed import News, tell
from server.schema import gap

router = APIRouter(prefix="/api/v1/gaps")


@router.post("", status_code=204)
def keep_gaps(sent: GapsSent, asker: Who, database: Database) -> Response:
    """Gaps of this seat; those that came before stay as they are."""
    now = datetime.now(UTC)
    with database.write() as connection:
        for one in sent.gaps:
            values = {"id": one.id, "seat": asker.name, "deed": one.deed.value, "words": one.words}
            keep = insert_into(connection, gap).values(received_at=now, **values)
            connection.execute(keep.on_conflict_do_nothing(index_elements=["id"]))
    return Response(status_code=204)


@router.get("")
def listed(database: Database) -> GapsListed:
    """What nobody has seen to yet, worded alike put together, the most frequent first."""
    with database.read() as connection:
        upto = connection.scalar(select(func.max(gap.c.seq))) or 0
        rows = [row for deed in MISSING for row in connection.execute(_open(deed, upto)).mappings()]
    return GapsListed(gaps=tuple(map(GapListed.model_validate, rows)), upto=upto)


@router.post("/settle", status_code=204)
def settle(settled: GapsSettled, asker: Who, database: Database) -> Response:
    """An editor has seen to these, for all seats; each seat that sent one is told."""
    done = (
        update(gap)
        .where(gap.c.deed == settled.deed.value, gap.c.words.in_(settled.words))
        .where(gap.c.seq <= settled.upto, gap.c.settled_at.is_(None))
        .values(settled_at=datetime.now(UTC))
        .returning(gap.c.id, gap.c.seat)
    )
    with database.write() as connection:
        rows = connection.execute(done).all()
        tell(connection, [News(GAP, row.id.hex, None, row.seat) for row in rows])
        if rows:
            note(connection, asker.name, "gap.settle", settled.words[0], gaps=len(rows))
    return Response(status_code=204)


def _open(deed: Deed, upto: int) -> Select[Any]:
    count = func.count().label("count")
    return (
        select(gap.c.deed, gap.c.words, count)
        .where(gap.c.deed == deed.value, gap.c.seq <= upto, gap.c.settled_at.is_(None))
        .group_by(gap.c.deed, gap.c.words)
        .order_by(count.desc(), func.max(gap.c.seq).desc())
        .limit(MOST_WORDINGS)
    )
