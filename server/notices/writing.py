"""Notices are written in the transaction of the step that they tell of: both are there, or neither."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert

from app.domain.life import Stage, Step
from server.notices.settings import Kind, notice_rules
from server.rights import Role
from server.schema import notice

REVIEWER, LEAD = Role.DISPATCH_REVIEWER.value, Role.TEAM_LEAD.value
_FOR_THE_UNIT: Mapping[str, Kind] = {
    Step.REFUSE_OBJECTION: Kind.OBJECTION_REFUSED,
    Step.UPHOLD: Kind.TAKEN_BACK,
    Step.GRANT_EXTENSION: Kind.EXTENSION_GRANTED,
    Step.REFUSE_EXTENSION: Kind.EXTENSION_REFUSED,
}
_FOR_THE_REVIEWER: Mapping[str, Kind] = {
    Step.OBJECT: Kind.OBJECTED,
    Step.ASK_EXTENSION: Kind.EXTENSION_ASKED,
}


class Told(NamedTuple):
    """Somebody (a unit or a role) hears of a ticket."""

    ticket_id: str
    at: datetime
    who: str
    kind: Kind


def concerned(
    step: str, stage: Stage, unit: str, detail: Mapping[str, Any]
) -> Iterator[tuple[str, Kind]]:
    """Who is to hear of a step, and as what. ``unit`` led when it was taken."""
    if step == Step.DISPATCH:
        yield detail["unit"], Kind.NEW
        yield from ((one, Kind.ASSIST) for one in detail["assistants"])
    elif step == Step.ASK_HELP:
        yield detail["unit"], Kind.ASSIST
    elif step == Step.CHASE:
        late = bool(detail.get("overdue"))
        by_itself = "level" in detail
        yield unit, Kind.OVERDUE if late else Kind.REMINDER if by_itself else Kind.CHASED
        if late:  # as the list of tickets says: first to the reviewer, then to the team lead
            yield LEAD if detail["level"] > 1 else REVIEWER, Kind.OVERDUE
    elif step == Step.CALL_BACK and stage is Stage.HANDLING:
        yield unit, Kind.UNSOLVED
    elif step in _FOR_THE_UNIT:
        yield unit, _FOR_THE_UNIT[step]
    elif step in _FOR_THE_REVIEWER:
        yield REVIEWER, _FOR_THE_REVIEWER[step]


def write_notices(connection: Connection, told: Iterable[Told]) -> None:
    """Keep notices to be sent; whoever has no address is told nothing."""
    rules = notice_rules()
    rows = [
        {
            "id": uuid.uuid4().hex,
            "ticket_id": one.ticket_id,
            "who": one.who,
            "way": way.value,
            "address": address,
            "kind": one.kind.value,
            "at": one.at,
            "next_at": one.at,
            "tries": 0,
        }
        for one in told
        if one.kind in rules.about
        for way, address in rules.addresses.get(one.who, ())
    ]
    if rows:
        connection.execute(insert(notice), rows)
