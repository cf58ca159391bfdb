"""The lines of a ticket's timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from app.domain.life import Stage
from server.notices.writing import Told, concerned, write_notices
from server.schema import ticket_event


def note_event(
    connection: Connection,
    ticket_id: str,
    at: datetime,
    who: str,
    unit: str,
    step: str,
    stage: Stage,
    detail: Mapping[str, Any],
) -> None:
    """Write a line of the timeline, and to whoever is to hear of it outside the pages."""
    row = event_row(ticket_id, at, who, unit, step, stage, detail)
    connection.execute(insert(ticket_event).values(**row))
    told = concerned(step, stage, unit, detail)
    write_notices(connection, [Told(ticket_id, at, addressee, kind) for addressee, kind in told])


def event_row(
    ticket_id: str,
    at: datetime,
    who: str,
    unit: str,
    step: str,
    stage: Stage,
    detail: Mapping[str, Any],
) -> dict[str, Any]:
    """A line as values of the table, for many at once."""
    return {
        "ticket_id": ticket_id,
        "at": at,
        "who": who,
        "unit": unit,
        "step": str(step),
        "stage": stage.value,
        "detail": json.dumps(detail, ensure_ascii=False),
    }
