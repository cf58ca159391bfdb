"""Put a ticket right after it was submitted, from its seat and at the centre at once.

What was before, what was wanted and what was kept lies in ``ticket_amendment``; the timeline names
only the fields, since units read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator
from sqlalchemy import Connection, insert, select, update

from app.domain.amending import Merged, check_values, get_value, merge, with_values
from app.domain.codec import content_from_json
from app.domain.life import Stage, Step
from app.sync.clock import HybridClock, Stamp, read_stamp
from app.sync.kinds import TICKET_CONTENT
from app.sync.protocol import MAX_OPERATION_BYTES, canonical
from server.feed import News, tell
from server.kept import read_object
from server.life.matters import follow_amendment
from server.life.starting import deadline, remind_at
from server.life.timeline import note_event
from server.problems import Refused
from server.schema import ticket, ticket_amendment, ticket_life

Values = dict[str, JsonValue]


class Amendment(BaseModel):
    """``wanted`` replaces ``base``: the same fields, as whoever amends saw them and wants them.

    ``stamp`` is the hybrid time of the change; the centre makes one where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    base: Values
    wanted: Values = Field(min_length=1)
    stamp: str = ""
    words: str = Field("", max_length=2000, pattern=r"^[^\x00]*$")

    @field_validator("stamp")
    @classmethod
    def _is_stamp(cls, value: str) -> str:
        if value:
            read_stamp(value)
        return value

    @field_validator("base", "wanted")
    @classmethod
    def _is_amendable(cls, value: Values) -> Values:
        check_values(value)
        return value


def amend(
    connection: Connection, wanted: Amendment, who: str, now: datetime, seat: str | None = None
) -> str | None:
    """Merge an amendment into the ticket (of this seat), inside the transaction; its number.

    ``None`` when there is no such ticket; raises ``ValueError`` when nothing sound would come out.
    """
    query = select(ticket).where(ticket.c.id == wanted.id).with_for_update()
    if seat is not None:
        query = query.where(ticket.c.seat == seat)
    row = connection.execute(query).first()
    if row is None or row.forgotten_at is not None:
        return None
    payload = read_object(row.payload, f"ticket {wanted.id}")
    if not isinstance(payload.get("content"), dict):
        raise ValueError("unreadable")
    earlier = _latest_by_field(connection, wanted.id)
    stamp = _stamp(wanted, who, now, earlier)
    merged = merge(
        payload["content"],
        wanted.base,
        wanted.wanted,
        lambda name: name not in earlier or stamp > earlier[name],
    )
    after = payload | {"content": with_values(payload["content"], merged.changed)}
    text = canonical(after)
    content_from_json(after["content"])
    if len(text) > 2 * MAX_OPERATION_BYTES:
        raise ValueError("too large")
    before = {name: get_value(payload["content"], name) for name in wanted.wanted}
    connection.execute(
        insert(ticket_amendment).values(
            ticket_id=wanted.id,
            at=now,
            who=who,
            stamp=str(stamp),
            before=_written(before),
            wanted=_written(wanted.wanted),
            changed=_written(merged.changed),
            words=wanted.words,
        )
    )
    if merged.changed:
        changed = update(ticket).where(ticket.c.id == wanted.id)
        connection.execute(changed.values(payload=text.decode()))
        _move_deadline(connection, wanted.id, after["content"], merged, row.submitted_at, now)
        if {"category", "district", "street"} & merged.changed.keys():
            follow_amendment(connection, wanted.id, content_from_json(after["content"]))
    _tell(connection, row.id, row.seat, who, wanted, merged, after["content"], {*earlier}, now)
    return str(row.number)


def _written(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _latest_by_field(connection: Connection, ticket_id: str) -> dict[str, Stamp]:
    """When each field was last changed."""
    latest: dict[str, Stamp] = {}
    query = select(ticket_amendment.c.stamp, ticket_amendment.c.changed)
    for row in connection.execute(query.where(ticket_amendment.c.ticket_id == ticket_id)):
        stamp = read_stamp(row.stamp)
        for name in read_object(row.changed, "amendment"):
            latest[name] = max(stamp, latest.get(name, stamp))
    return latest


def _stamp(wanted: Amendment, who: str, now: datetime, earlier: Mapping[str, Stamp]) -> Stamp:
    """The seat's own, unless it comes from a clock far ahead; otherwise one made here."""
    clock = HybridClock(who, max(earlier.values(), default=None), lambda: int(now.timestamp() * 1000))
    if wanted.stamp and clock.witness(sent := read_stamp(wanted.stamp)):
        return sent
    return clock.now()


def _move_deadline(
    connection: Connection,
    ticket_id: str,
    content: dict[str, Any],
    merged: Merged,
    submitted_at: datetime,
    now: datetime,
) -> None:
    """Another limit or category means another deadline, as long as no extension was granted."""
    if not {"limit_hours", "category"} & merged.changed.keys():
        return
    life = connection.execute(select(ticket_life).where(ticket_life.c.ticket_id == ticket_id)).first()
    if life is None or life.stage in (Stage.CLOSED, Stage.JOINED) or life.unsolved:
        return
    due = deadline(content_from_json(content), submitted_at)
    values = {"due_at": due, "remind_at": remind_at(now, due), "escalated": 0}
    connection.execute(update(ticket_life).where(ticket_life.c.ticket_id == ticket_id).values(**values))


def _tell(
    connection: Connection,
    ticket_id: str,
    seat: str,
    who: str,
    wanted: Amendment,
    merged: Merged,
    content: dict[str, Any],
    earlier: set[str],
    now: datetime,
) -> None:
    """A line of the timeline, and to the ticket's seat every field that was ever amended."""
    life = connection.execute(select(ticket_life).where(ticket_life.c.ticket_id == ticket_id)).first()
    if life is not None:
        detail: dict[str, Any] = {
            "fields": sorted(merged.changed),
            "conflicts": sorted(merged.conflicts),
        }
        if wanted.words.strip():
            detail["words"] = wanted.words.strip()
        stage = Stage(life.stage)
        note_event(connection, ticket_id, now, who, life.unit, Step.AMEND, stage, detail)
    names = sorted(earlier | merged.changed.keys())
    body = {
        "who": who,
        "content": {name: get_value(content, name) for name in names},
        "conflicts": {
            name: {"kept": one.kept, "other": one.other} for name, one in merged.conflicts.items()
        },
    }
    if names or merged.conflicts:
        tell(connection, [News(TICKET_CONTENT, ticket_id, _written(body), seat)])


def amend_at_centre(connection: Connection, wanted: Amendment, who: str, now: datetime) -> None:
    """The same for somebody at the centre. Raises ``Refused`` 404 or 422."""
    try:
        number = amend(connection, wanted, who, now)
    except ValueError:
        raise Refused(422, "AMENDMENT_INVALID") from None
    if number is None:
        raise Refused(404, "TICKET_UNKNOWN")
