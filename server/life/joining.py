"""Callers who join an earlier ticket as co-reporters 共同诉求人: one matter goes to its unit once.

A ticket that joined has no unit and no limit of its own while the earlier one is open. With that
one's result it comes into the queue of callbacks, since its caller must be told too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from app.domain.life import Stage, Step
from app.domain.masking import mask_text
from app.sync.kinds import TICKET_LIFE
from server.feed import News, tell
from server.kept import shown_ticket
from server.life.timeline import event_row
from server.notices.settings import Kind
from server.notices.writing import Told, write_notices
from server.schema import ticket, ticket_event, ticket_life, ticket_matter

_RESULT_TO_COME = (
    *(Stage.WAITING, Stage.UNASSIGNED, Stage.DISPATCHED),
    *(Stage.OBJECTED, Stage.RETURNED, Stage.HANDLING),
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The ticket that a caller joins."""

    ticket_id: str
    number: str
    stage: Stage
    unit: str


def find_earlier(
    connection: Connection, joins: Mapping[str, str], fresh: Mapping[str, tuple[Stage, str]]
) -> dict[str, Earlier]:
    """For each ticket of ``joins`` (its id → the one it names) the ticket that it joins; both of a
    page of ``fresh`` tickets (stage, unit) and of older ones.

    Who names a ticket that joined another joins that other one. A ticket that is not there, or whose
    result is known already, cannot be joined: then the matter is dispatched again.
    """
    named = {one: _first_of(one, joins) for one in joins}
    roots = _known_roots(connection, {one for one in named.values() if one and one not in fresh})
    wanted = {one: roots.get(name, name) for one, name in named.items() if name}
    lives = {
        row.ticket_id: (Stage(row.stage), row.unit)
        for row in connection.execute(
            select(ticket_life)
            .where(ticket_life.c.ticket_id.in_(sorted(set(wanted.values()))))
            .order_by(ticket_life.c.ticket_id)
            .with_for_update()  # so that a result does not pass a caller who joins just now
        )
    }
    lives |= {name: life for name, life in fresh.items() if name in wanted.values()}
    open_still = {name: life for name, life in lives.items() if life[0] in _RESULT_TO_COME}
    numbers = numbers_of(connection, open_still)
    return {
        one: Earlier(name, numbers.get(name, ""), *open_still[name])
        for one, name in wanted.items()
        if name in open_still
    }


def _first_of(one: str, joins: Mapping[str, str]) -> str:
    """The end of a chain of tickets that join each other; empty when it has none."""
    passed, at = {one}, joins[one]
    while at in joins:
        if at in passed:
            return ""
        passed.add(at)
        at = joins[at]
    return at


def _known_roots(connection: Connection, names: set[str]) -> dict[str, str]:
    """What tickets that have joined one are part of."""
    query = (
        select(ticket_matter.c.ticket_id, ticket_matter.c.joins)
        .join(ticket_life, ticket_life.c.ticket_id == ticket_matter.c.ticket_id)
        .where(ticket_matter.c.ticket_id.in_(sorted(names)), ticket_life.c.stage == Stage.JOINED)
    )
    return {row.ticket_id: row.joins for row in connection.execute(query)}


def numbers_of(connection: Connection, names: Mapping[str, object]) -> dict[str, str]:
    """The official numbers of some tickets."""
    query = select(ticket.c.id, ticket.c.number).where(ticket.c.id.in_(sorted(names)))
    return {row.id: row.number for row in connection.execute(query)}


def note_joined(
    connection: Connection, earlier: Mapping[str, Earlier], at: Mapping[str, tuple[datetime, str]]
) -> None:
    """Tell of each co-reporter in the timeline of the ticket joined; ``at`` = when, and the seat."""
    numbers = numbers_of(connection, earlier)
    rows = [
        event_row(
            joined.ticket_id, *at[one], joined.unit, Step.JOIN, joined.stage, {"number": numbers[one]}
        )
        for one, joined in sorted(earlier.items())
    ]
    if rows:
        connection.execute(insert(ticket_event), rows)
    write_notices(
        connection,
        [
            Told(joined.ticket_id, at[one][0], joined.unit, Kind.JOINED)
            for one, joined in sorted(earlier.items())
        ],
    )


def bring_result(
    connection: Connection, ticket_id: str, unit: str, who: str, at: datetime, words: str
) -> None:
    """The ticket has its result: whoever joined it comes into the queue of callbacks with it.

    What the words say of its own caller is hidden from the others.
    """
    joined = connection.execute(
        select(ticket_life.c.ticket_id, ticket.c.seat)
        .join(ticket_matter, ticket_matter.c.ticket_id == ticket_life.c.ticket_id)
        .join(ticket, ticket.c.id == ticket_life.c.ticket_id)
        .where(ticket_matter.c.joins == ticket_id, ticket_life.c.stage == Stage.JOINED)
        .order_by(ticket_life.c.ticket_id)
    ).all()
    if not joined:
        return
    ids = [row.ticket_id for row in joined]
    due = select(ticket_life.c.due_at).where(ticket_life.c.ticket_id == ticket_id)
    values = {"stage": Stage.REPORTED.value, "unit": unit, "due_at": connection.scalar(due)}
    connection.execute(update(ticket_life).where(ticket_life.c.ticket_id.in_(ids)).values(**values))
    payload = connection.scalar(select(ticket.c.payload).where(ticket.c.id == ticket_id))
    reporter = shown_ticket(str(payload), ticket_id).content.caller
    detail = {"words": mask_text(words, [reporter.name or ""], entirely=True)}
    rows = [event_row(one, at, who, unit, Step.REPORT, Stage.REPORTED, detail) for one in ids]
    connection.execute(insert(ticket_event), rows)
    body = json.dumps({"stage": Stage.REPORTED, "step": Step.REPORT, **detail}, ensure_ascii=False)
    tell(connection, [News(TICKET_LIFE, row.ticket_id, body, row.seat) for row in joined])


def part(connection: Connection, ticket_id: str) -> None:
    """The ticket is a matter of its own after all; the one it had joined counts a caller less."""
    matter = ticket_matter.c
    joins = connection.scalar(select(matter.joins).where(matter.ticket_id == ticket_id))
    mine = update(ticket_matter).where(matter.ticket_id == ticket_id)
    connection.execute(mine.values(joins="", told_at=None))
    connection.execute(update(ticket_matter).where(matter.ticket_id == joins).values(told_at=None))
