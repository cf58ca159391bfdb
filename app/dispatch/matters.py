"""What other seats' tickets are about, as the centre tells it, for likeness and surges."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from app.dispatch.catalogue import catalogue_in_force
from app.dispatch.duplicates import TOLD_LATELY, TicketRow, same_matter

if TYPE_CHECKING:
    from pydantic import JsonValue

log = logging.getLogger(__name__)


class SeatMatters:
    """Tickets of late of every seat, by the ticket's id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, TicketRow] = {}

    def follow(self, told: Mapping[str, JsonValue], now: datetime) -> frozenset[str]:
        """Take in news of tickets; the ids of those that are too old to be kept any longer."""
        read = {key: row for key, body in told.items() if (row := _row_of(key, body))}
        with self._lock:
            rows = self._rows | read
            old = frozenset(key for key, row in rows.items() if now - row.at > TOLD_LATELY)
            self._rows = {key: row for key, row in rows.items() if key not in old}
        return old

    def like(self, new: TicketRow) -> dict[str, TicketRow]:
        """Those of the same matter in the same district."""
        with self._lock:
            rows = self._rows
        return {key: row for key, row in rows.items() if same_matter(row, new)}


def _row_of(ticket_id: str, body: JsonValue) -> TicketRow | None:
    from pydantic import ValidationError  # with the protocol, which the window does not wait for

    from app.sync.changes import MatterTold

    try:
        told = MatterTold.model_validate(body)
    except ValidationError:  # of a newer centre: kept, but of no use here
        log.warning("the matter of a ticket that the centre told cannot be read")
        return None
    item = catalogue_in_force().by_code.get(told.item)
    return TicketRow(
        ticket_id,
        told.at,
        told.item,
        told.district,
        told.street,
        None,
        joins=told.joins or None,
        number=told.number,
        matter=item.name if item else "",
        reporters=told.reporters,
        answer=told.answer,
    )
