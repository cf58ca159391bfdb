"""JSON out of the centre's own tables: a row that cannot be read harms no other, and is still seen."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from app.domain.codec import ticket_from_json, without_lone_surrogates
from app.domain.ticket import Ticket, TicketContent
from resources.texts import text

log = logging.getLogger(__name__)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def read_json(written: str, what: str) -> Any:
    """The value, fit to be sent on; ``None``, with a warning that names ``what``, if there is none."""
    try:
        value = json.loads(written, parse_constant=_refuse)
    except (ValueError, RecursionError):
        log.warning("%s cannot be read", what)
        return None
    return without_lone_surrogates(value) if "\\ud" in written.lower() else value


def read_object(written: str, what: str) -> dict[str, Any]:
    """A JSON object; an empty one where there is none."""
    value = read_json(written, what)
    return value if isinstance(value, dict) else {}


def read_ticket(payload: str, ticket_id: str) -> Ticket | None:
    """The ticket out of what the centre keeps; ``None`` when this version cannot read it."""
    value = read_json(payload, f"ticket {ticket_id}")
    try:
        return None if value is None else ticket_from_json(value)
    except ValueError:
        log.warning("ticket %s is none", ticket_id)
        return None


def shown_ticket(payload: str, ticket_id: str) -> Ticket:
    """The same, with a ticket that says so in place of one that cannot be read."""
    found = read_ticket(payload, ticket_id)
    if found is not None:
        return found
    told = TicketContent(subject=text("centre.unreadable", "zh"))
    return Ticket(ticket_id, "", "", told, _NEVER)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
