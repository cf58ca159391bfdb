"""While a ticket is written: tickets about the same matter at the same place, and surges around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from app.dispatch.duplicates import (
    LATELY,
    TicketRow,
    find_duplicates,
    find_surges,
    row_of,
    row_of_content,
)
from app.domain.city import city_time
from app.domain.draft import Draft
from app.domain.ticket import Ticket
from app.events import AlikeFound, DraftChanged, Event, TicketSubmitted
from resources.texts import text

_WORDS = 40


class AlikeWatch:
    """Compares each draft whose matter or place changes with the tickets of late; holds no disk."""

    def __init__(
        self,
        publish: Callable[[Event], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._publish, self._now = publish, now
        self._lock = threading.Lock()
        self._rows: dict[str, TicketRow] = {}
        self._told: dict[str, AlikeFound] = {}

    def remember(self, tickets: Iterable[Ticket]) -> None:
        """Take in submitted tickets; those too old to matter are forgotten."""
        oldest = self._now() - LATELY
        with self._lock:
            self._rows |= {ticket.id: row_of(ticket) for ticket in tickets}
            self._rows = {name: row for name, row in self._rows.items() if row.at >= oldest}

    def on_event(self, event: Event) -> None:
        """A subscriber of the bus."""
        if isinstance(event, TicketSubmitted):
            self.remember([event.ticket])
        elif isinstance(event, DraftChanged) and event.saved_at is None:
            self._look(event.draft)

    def _look(self, draft: Draft) -> None:
        now = self._now()
        row = row_of_content(draft.id, now, draft.content)
        with self._lock:
            rows = tuple(self._rows.values())
        alike = tuple(one.row for one in find_duplicates(row, rows))
        around = [
            surge
            for surge in find_surges(rows, now)
            if row.item
            and row.item.startswith(surge.matter)
            and surge.district == row.district
            and surge.street in (None, row.street)
        ]
        area = f"{around[0].district}{around[0].street or ''}" if around else ""
        found = AlikeFound(draft.id, alike, area, len(around[0].rows) if around else 0)
        with self._lock:
            if found == self._told.get(draft.id, AlikeFound(draft.id)):
                return
            self._told[draft.id] = found
        self._publish(found)


def joined(draft: Draft, earlier: TicketRow) -> Draft:
    """The draft with the note that its caller joins an earlier ticket as co-reporter 共同诉求人."""
    words = earlier.words[:_WORDS]
    day = f"{city_time(earlier.at):%Y-%m-%d %H:%M}"
    note = text("dispatch.joined", "zh", id=earlier.id, at=day, words=words)
    summary = draft.content.summary or ""
    return draft if earlier.id in summary else draft.type("summary", f"{summary}\n{note}".strip())
