"""What each ticket is about, for all seats, and how many callers joined it as co-reporters 共同诉求人.

How many is counted, never added up: a ticket that comes twice still joins once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update

from app.dispatch.duplicates import TOLD_LATELY
from app.domain.ticket import TicketContent
from app.sync.changes import MattersTold, MatterTold
from app.sync.kinds import TICKET_MATTERS
from server.feed import News, newest_change, tell
from server.schema import change, ticket, ticket_matter

TELL_AT_ONCE = 200
CO_REPORTS_SHOWN = 100
_CHARACTERS = 64
_LONGEST_TITLE = 200


def matter_row(ticket_id: str, content: TicketContent, at: datetime) -> dict[str, Any]:
    """The row of a fresh ticket, to be told."""
    joins = _plain(content.joins)
    return {
        "ticket_id": ticket_id,
        "at": at,
        "joins": joins if joins != ticket_id else "",
        **_about(content),
    }


def follow_amendment(connection: Connection, ticket_id: str, content: TicketContent) -> None:
    """The ticket says something else now; the seats are told with the next round."""
    mine = update(ticket_matter).where(ticket_matter.c.ticket_id == ticket_id)
    connection.execute(mine.values(told_at=None, **_about(content)))


def _about(content: TicketContent) -> dict[str, str]:
    return {
        "item": _plain(content.category.code if content.category else None),
        "district": _plain(content.district),
        "street": _plain(content.street),
    }


def _answer(payload: str) -> str:
    """The title of the article that the caller was quoted first."""
    citations = json.loads(payload).get("content", {}).get("citations") or [{}]
    return str(citations[0].get("title") or "")[:_LONGEST_TITLE]


def _plain(value: str | None) -> str:
    """What every database can keep."""
    return (value or "").replace("\0", "")[:_CHARACTERS]


def tell_matters(connection: Connection, now: datetime) -> int:
    """Tell all seats what is new about tickets of late; how many tickets were looked at.

    Rows are marked before they are read and before the feed is locked: an amendment in between is
    either told now or marks its row again.
    """
    matter = ticket_matter.c
    untold = select(matter.ticket_id).where(matter.told_at.is_(None)).order_by(matter.ticket_id)
    ids = connection.scalars(untold.limit(TELL_AT_ONCE)).all()
    if not ids:
        return 0
    some = matter.ticket_id.in_(ids)
    connection.execute(update(ticket_matter).where(some).values(told_at=now))
    named = select(matter.joins).where(some)
    query = select(ticket_matter, ticket.c.number, ticket.c.payload)
    query = query.join(ticket, ticket.c.id == matter.ticket_id)
    concerned = connection.execute(
        query.where(
            some | matter.ticket_id.in_(named),
            matter.at >= now - TOLD_LATELY,
            matter.item != "",
            matter.district != "",
        )
    ).all()
    joined = reporters(connection, [row.ticket_id for row in concerned])
    told = tuple(
        MatterTold(
            id=row.ticket_id,
            number=row.number,
            item=row.item,
            district=row.district,
            street=row.street or None,
            at=row.at,
            joins=row.joins,
            reporters=joined.get(row.ticket_id, 0),
            answer=_answer(row.payload),
        )
        for row in concerned
    )
    if told:
        key = f"{now:%Y%m%dT%H%M%S%f}-{told[0].id}"
        body = MattersTold(at=now, tickets=told).model_dump_json()
        tell(connection, [News(TICKET_MATTERS, key, body)])
    return len(ids)


def reporters(connection: Connection, ticket_ids: Sequence[str]) -> dict[str, int]:
    """How many callers joined each of these tickets; those that nobody joined are left out."""
    joins = ticket_matter.c.joins
    query = select(joins, func.count()).where(joins.in_(ticket_ids)).group_by(joins)
    return {row[0]: row[1] for row in connection.execute(query)}


def reporters_of(connection: Connection, ticket_id: str) -> tuple[int, str, str]:
    """How many callers joined a ticket; the id and number of the one that its own caller joined."""
    query = (
        select(ticket.c.id, ticket.c.number)
        .join(ticket_matter, ticket_matter.c.joins == ticket.c.id)
        .where(ticket_matter.c.ticket_id == ticket_id)
    )
    earlier = connection.execute(query).first()
    count = reporters(connection, [ticket_id]).get(ticket_id, 0)
    return count, earlier.id if earlier else "", earlier.number if earlier else ""


def joined_by(tickets: Select[Any], ticket_id: str) -> Select[Any]:
    """Of a query of tickets those whose callers joined this one, the newest ``CO_REPORTS_SHOWN``."""
    mine = ticket_matter.c.joins == ticket_id
    joined = tickets.join(ticket_matter, ticket_matter.c.ticket_id == ticket.c.id).where(mine)
    return joined.order_by(ticket.c.received_at.desc(), ticket.c.id).limit(CO_REPORTS_SHOWN)


def drop_old_matters(connection: Connection, now: datetime) -> None:
    """Take what no seat counts any longer out of the feed; its end stays, since cursors stand there."""
    old = (change.c.kind == TICKET_MATTERS) & (change.c.at < now - TOLD_LATELY)
    connection.execute(delete(change).where(old, change.c.seq < newest_change(connection)))
