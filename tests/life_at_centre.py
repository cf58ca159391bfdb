"""Tickets that live at a centre, and who acts on them; imported by tests."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from sample_tickets import make_ticket
from sqlalchemy import Connection, insert

from app.domain.codec import ticket_to_json
from app.domain.life import Stage, Step
from app.domain.ticket import UnitRole, UnitSuggestion
from app.sync.cases import StepRequest
from app.sync.kinds import TICKET_LIFE
from app.sync.protocol import Change, canonical
from server.asking import Asker
from server.database import CentreDatabase
from server.feed import changes_after
from server.life.attending import attend
from server.life.steps import take_step
from server.rights import Role
from server.schema import ticket as ticket_table

STREET, BUREAU, OTHER = "望京街道办事处", "朝阳区生态环境局", "朝阳区水务局"
UNIT = Asker("王科员", frozenset({Role.HANDLING_UNIT}), STREET)
HELPER = Asker("李科员", frozenset({Role.HANDLING_UNIT}), BUREAU)
STRANGER = Asker("赵科员", frozenset({Role.HANDLING_UNIT}), OTHER)
REVIEWER = Asker("审核员", frozenset({Role.DISPATCH_REVIEWER}))
SEAT = Asker("seat-1", frozenset({Role.SEAT}))
LEAD = Asker("班组长", frozenset({Role.TEAM_LEAD}))


def submit(database: CentreDatabase, now: datetime | None = None, **changes: object) -> str:
    """A ticket as the centre has it after a push; with units unless told otherwise."""
    moment = now or datetime.now(UTC)
    with database.write() as connection:
        name = submit_without_life(connection, moment=moment, **changes)
    attend(database, moment)
    return name


def submit_without_life(
    connection: Connection, name: str = "", moment: datetime | None = None, **changes: object
) -> str:
    """A ticket that the centre has not yet looked at."""
    sample = make_ticket()
    units = (
        UnitSuggestion(STREET, UnitRole.LEAD, 0.9),
        UnitSuggestion(BUREAU, UnitRole.ASSIST, 0.5),
    )
    summary = "欧阳测试反映路灯不亮，电话13800138000，2026-11-22起。"
    content = replace(sample.content, units=units, summary=summary)
    content = replace(content, **changes)  # type: ignore[arg-type]
    moment = moment or datetime.now(UTC)
    sent = replace(sample, id=name or sample.id, content=content, submitted_at=moment)
    connection.execute(
        insert(ticket_table).values(
            id=sent.id,
            number=f"JS-{uuid.uuid4().hex[:8]}".upper(),
            seat="seat-1",
            content_hash="0" * 64,
            payload=canonical(ticket_to_json(sent)).decode(),
            submitted_at=moment,
            received_at=moment,
        )
    )
    return sent.id


def told_of_life(database: CentreDatabase, ticket_id: str) -> list[Change]:
    """What the ticket's seat is told of its life."""
    told = changes_after(database, "seat-1", 0).changes
    return [one for one in told if (one.kind, one.key) == (TICKET_LIFE, ticket_id)]


def take(database: CentreDatabase, who: Asker, ticket_id: str, step: Step, **more: object) -> Stage:
    words = {"words": "情况说明"} | more
    return take_step(database, who, ticket_id, StepRequest(step=step, **words))  # type: ignore[arg-type]


CALLBACK = {"contacted": True, "solved": True, "satisfaction": "satisfied"}
