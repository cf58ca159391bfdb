"""While a ticket is written: tickets about the same matter at the same place, and surges around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.dispatch.duplicates import (
    LATELY,
    TicketRow,
    find_duplicates,
    find_surges,
    row_of,
    row_of_content,
    same_matter,
    same_place,
)
from app.dispatch.matters import SeatMatters
from app.domain.city import city_time
from app.domain.ticket import Ticket, TicketContent, provisional_number
from app.events import AlikeFound, DraftChanged, Event, TicketSubmitted
from resources.texts import text

if TYPE_CHECKING:
    from app.domain.draft import Draft

_WORDS = 40


class AlikeWatch:
    """Compares each draft whose matter or place changes with the tickets of late; holds no disk.

    Those of this seat with all that they say, those of other seats as far as the centre told.
    """

    def __init__(
        self,
        publish: Callable[[Event], None],
        matters: SeatMatters | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._publish, self._now = publish, now
        self._matters = matters or SeatMatters()
        self._lock = threading.Lock()
        self._rows: dict[str, TicketRow] = {}
        self._told: dict[str, AlikeFound] = {}

    def remember(self, tickets: Iterable[Ticket]) -> None:
        """Take in submitted tickets; those too old to matter are forgotten."""
        oldest = self._now() - LATELY
        with self._lock:
            self._rows |= {ticket.id: row_of(ticket) for ticket in tickets}
            self._rows = {name: row for name, row in self._rows.items() if row.at >= oldest}

    def around(self, content: TicketContent) -> tuple[list[TicketRow], list[TicketRow]]:
        """Tickets of late at the place of a content, and others of its matter, newest first."""
        now = self._now()
        row = row_of_content("", now, content)
        with self._lock:
            rows = {**self._matters.like(row), **self._rows}
        lately = sorted(rows.values(), key=lambda one: one.at, reverse=True)
        place = [one for one in lately if same_place(one, row)]
        matter = [one for one in lately if same_matter(one, row) and one not in place]
        return place, matter

    def on_event(self, event: Event) -> None:
        """A subscriber of the bus."""
        if isinstance(event, TicketSubmitted):
            self.remember([event.ticket])
        elif isinstance(event, DraftChanged) and event.saved_at is None:
            with self._lock:
                self._rows.pop(event.draft.id, None)  # it was taken back
            self._look(event.draft)

    def _look(self, draft: Draft) -> None:
        now = self._now()
        row = row_of_content(draft.id, now, draft.content)
        told = self._matters.like(row)
        with self._lock:
            own = {name: _with_news(one, told.get(name)) for name, one in self._rows.items()}
        rows = tuple((told | own).values())
        alike = tuple(one.row for one in find_duplicates(row, rows))
        around = [
            surge
            for surge in find_surges(rows, now)
            if row.item
            and row.item.startswith(surge.matter)
            and surge.district == row.district
            and surge.street in (None, row.street)
        ]
        found = AlikeFound(draft.id, alike)
        if around:
            area = f"{around[0].district}{around[0].street or ''}"
            count, answer = len(around[0].rows), around[0].answer
            found = replace(found, area=area, surge=count, answer=answer)
        with self._lock:
            if found == self._told.get(draft.id, AlikeFound(draft.id)):
                return
            self._told[draft.id] = found
        self._publish(found)


def _with_news(own: TicketRow, told: TicketRow | None) -> TicketRow:
    """What the seat knows of its own ticket, with what only the centre can know of it."""
    return replace(own, number=told.number, reporters=told.reporters) if told else own


def joined(draft: Draft, earlier: TicketRow) -> Draft:
    """The draft whose caller joins an earlier ticket as co-reporter 共同诉求人, with a note of it."""
    summary = parted(draft, earlier).content.summary or ""
    note = _note(earlier, earlier.number or provisional_number(earlier.id))
    noted = draft.type("summary", f"{summary}\n{note}".strip())
    return replace(noted, content=replace(noted.content, joins=earlier.id))


def parted(draft: Draft, earlier: TicketRow) -> Draft:
    """The draft as it was before its caller joined."""
    if draft.content.joins != earlier.id:
        return draft
    summary = draft.content.summary or ""
    for called in (earlier.number, provisional_number(earlier.id)):
        summary = summary.replace(_note(earlier, called), "").strip()
    without = draft.type("summary", summary or None)
    return replace(without, content=replace(without.content, joins=None))


def _note(earlier: TicketRow, called: str) -> str:
    day = f"{city_time(earlier.at):%Y-%m-%d %H:%M}"
    words = earlier.words[:_WORDS] or earlier.matter
    return text("dispatch.joined", "zh", id=called, at=day, words=words)
