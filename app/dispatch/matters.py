"""What other seats' tickets are about, as the centre tells it, for likeness and surges."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from app.dispatch.duplicates import TOLD_LATELY, TicketRow, same_matter

if TYPE_CHECKING:
    from pydantic import JsonValue

    from app.sync.changes import MattersTold, MatterTold

log = logging.getLogger(__name__)


class SeatMatters:
    """Tickets of late of every seat, by the ticket's id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, TicketRow] = {}

    def follow(self, told: Mapping[str, JsonValue], now: datetime) -> frozenset[str]:
        """Take in news of tickets by the key they were told under; the keys of those that are too old
        to be kept any longer."""
        read = {key: batch for key, body in told.items() if (batch := _read(key, body))}
        in_order = sorted(read.values(), key=lambda batch: batch.at)
        news = {row.id: row for batch in in_order for row in map(_row_of, batch.tickets)}
        with self._lock:
            rows = self._rows | news
            self._rows = {key: row for key, row in rows.items() if now - row.at <= TOLD_LATELY}
        return frozenset(key for key, batch in read.items() if now - batch.at > TOLD_LATELY)

    def like(self, new: TicketRow) -> dict[str, TicketRow]:
        """Those of the same matter in the same district."""
        with self._lock:
            rows = self._rows
        return {key: row for key, row in rows.items() if same_matter(row, new)}


def _read(key: str, body: JsonValue) -> MattersTold | None:
    from pydantic import ValidationError  # with the protocol, which the window does not wait for

    from app.sync.changes import MattersTold

    try:
        return MattersTold.model_validate(body)
    except ValidationError:  # of a newer centre: kept, but of no use here
        log.warning("what the centre told of tickets under %s cannot be read", key)
        return None


def _row_of(told: MatterTold) -> TicketRow:
    from app.dispatch.catalogue import catalogue_in_force  # not before a window opens

    item = catalogue_in_force().by_code.get(told.item)
    return TicketRow(
        told.id,
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
