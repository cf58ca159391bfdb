"""After a night, at the centre: hearing quality kept, sums brought up to date, units learned again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.dispatch.learning import MODEL_FILE
from app.dispatch.learning.training import MOST_TICKETS
from app.domain.city import CITY_TIME
from app.domain.ticket import Ticket, UnitRole, UnitSuggestion
from app.overnight.night import outcomes
from app.overnight.summary import examples_from, retrain
from app.overnight.work import Order
from app.statistics.keeping import find_issues, keep_hearing
from server.database import CentreDatabase
from server.kept import read_ticket
from server.schema import ticket, ticket_life
from server.statistics.following import follow_tickets


def after_night(url: str, out: Path, orders: Sequence[Order]) -> dict[str, Any]:
    """The centre's part; doing it twice changes nothing."""
    with closing(CentreDatabase(url)) as database:
        heard = 0
        with database.write() as connection:
            for order, outcome in zip(orders, outcomes(out, orders), strict=True):
                if hearing := outcome.get("hearing"):
                    day = datetime.fromtimestamp(Path(order.audio).stat().st_mtime, CITY_TIME).date()
                    counts = hearing["characters"], hearing["errors"]
                    keep_hearing(connection, order.name[:128], order.model[:64], day, *counts)
                    heard += 1
        followed = follow_tickets(database)
        with database.write() as connection:
            find_issues(connection, again=True)
        learned = retrain(examples_from(handled_tickets(database)), out / MODEL_FILE)
    return {"aggregates": {"heard": heard, "followed": followed}, "retrained": learned}


def handled_tickets(database: CentreDatabase) -> list[Ticket]:
    """The newest tickets with the unit that has them now: returns have been corrected."""
    chosen = (
        select(ticket.c.id, ticket.c.payload, ticket_life.c.unit)
        .join(ticket_life, ticket_life.c.ticket_id == ticket.c.id)
        .where(ticket_life.c.unit != "")
        .order_by(ticket.c.received_at.desc())
        .limit(MOST_TICKETS)
    )
    found = []
    with database.read() as connection:
        for row in connection.execute(chosen):
            sent = read_ticket(row.payload, row.id)
            if sent is None:
                continue
            units = (UnitSuggestion(row.unit, UnitRole.LEAD, 1.0),)
            found.append(replace(sent, content=replace(sent.content, units=units)))
    return found
