"""The lines of a ticket's timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from app.domain.life import Stage
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
    """Write a line of the timeline."""
    row = event_row(ticket_id, at, who, unit, step, stage, detail)
    connection.execute(insert(ticket_event).values(**row))


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
