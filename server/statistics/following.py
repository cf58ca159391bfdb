"""Facts follow tickets: whatever got a new line in its timeline is read again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from app.domain.life import Stage, Step
from app.statistics.facts import Fact, Outcome, fact_of
from app.statistics.grouping import Sketch, sketch_of
from app.statistics.keeping import CURSOR, find_issues, keep_facts, read_mark, set_mark
from server.database import CentreDatabase
from server.kept import read_ticket
from server.life.attending import is_mine
from server.life.rates import counted_callbacks
from server.life.rules import life_rules
from server.schema import ticket, ticket_callback, ticket_event, ticket_life

LOCK = 0x6A696578
PAGE = 2000
OVERLAP = 1000
"""Lines of the timeline looked at again: their transactions may end after those of later ones."""


def follow_tickets(database: CentreDatabase) -> int:
    """Bring the statistics up to date; how many tickets were read. Of several processes one does it."""
    read = 0
    while True:
        with database.write() as connection:
            if not is_mine(connection, LOCK):
                return read
            cursor = read_mark(connection, CURSOR)
            newest = connection.scalar(select(func.max(ticket_event.c.seq))) or 0
            if newest <= cursor:
                find_issues(connection)
                return read
            until = min(newest, cursor + PAGE)
            chosen = select(ticket_event.c.ticket_id).where(
                ticket_event.c.seq > cursor - OVERLAP, ticket_event.c.seq <= until
            )
            names = sorted(set(connection.scalars(chosen)))
            keep_facts(connection, *facts_of(connection, names))
            set_mark(connection, CURSOR, until)
            read += len(names)


def facts_of(connection: Connection, names: Sequence[str]) -> tuple[list[Fact], list[Sketch]]:
    """The facts of tickets as they stand now, and what they are compared by."""
    lives = connection.execute(
        select(ticket_life, ticket.c.payload)
        .join(ticket, ticket.c.id == ticket_life.c.ticket_id)
        .where(ticket_life.c.ticket_id.in_(names))
    ).all()
    steps: dict[str, dict[str, datetime]] = {}
    joined: dict[str, bool] = {}
    table = ticket_event.c
    lines = select(table.ticket_id, table.step, table.at, table.stage)
    told = connection.execute(
        lines.where(ticket_event.c.ticket_id.in_(names)).order_by(ticket_event.c.seq)
    )
    for row in told:
        steps.setdefault(row.ticket_id, {}).setdefault(row.step, row.at)  # the first of each kind
        at_unit = row.stage in (Stage.DISPATCHED, Stage.HANDLING)
        joined[row.ticket_id] = not at_unit and (
            row.stage == Stage.JOINED or joined.get(row.ticket_id, False)
        )
    called = _callbacks(connection, names)
    facts, sketches = [], []
    for row in lives:
        taken = steps.get(row.ticket_id, {})
        answers = called.get(row.ticket_id)
        outcome = Outcome(
            unit=row.unit,
            returned=Step.UPHOLD in taken,
            due_at=row.due_at,
            reported_at=taken.get(Step.REPORT),
            counted=answers is not None,
            contacted=bool(answers and answers[0]),
            solved=bool(answers and answers[1]),
            satisfied=bool(answers and answers[2]),
            joined=joined.get(row.ticket_id, False),
        )
        sent = read_ticket(row.payload, row.ticket_id)
        if sent is not None:
            facts.append(fact_of(sent, outcome))
            sketches.append(sketch_of(sent, facts[-1]))
    return facts, sketches


def _callbacks(connection: Connection, names: Sequence[str]) -> dict[str, tuple[bool, bool, bool]]:
    """(contacted, solved, satisfied) by the centre's rules of which callbacks count."""
    here = ticket_callback.c.ticket_id.in_(names)
    chosen = counted_callbacks(life_rules().evaluation, here, by_unit=False)
    return {
        row.ticket_id: (bool(row.contacted), bool(row.solved), bool(row.satisfied))
        for row in connection.execute(select(chosen))
    }
