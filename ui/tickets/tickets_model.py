"""Submitted tickets and where they stand with the centre, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.desk import OutboxRow, OutboxState
from app.domain.city import city_time
from app.domain.ticket import Ticket, UnitRole
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.rows import RowsModel
from ui.look.wording import DOT, limit, place

COLUMNS = ("submitted", "number", "type", "subject", "where", "unit", "limit_hours", "sync")
TONES = {OutboxState.WAITING: "warn", OutboxState.ACCEPTED: "ok", OutboxState.REFUSED: "bad"}


class TicketsModel(RowsModel[Ticket]):
    """One row a ticket, newest first."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(COLUMNS, "field_", language, appearance)
        self._outbox: Mapping[str, OutboxRow] = {}

    def show_tickets(self, tickets: Iterable[Ticket], outbox: Iterable[OutboxRow]) -> None:
        """Show tickets with the newest operation of each."""
        rows: dict[str, OutboxRow] = {}
        for row in outbox:
            rows.setdefault(row.ticket_id, row)
        tickets = tuple(tickets)
        if [ticket.id for ticket in tickets] == [ticket.id for ticket in self._rows]:
            self._rows, self._outbox = tickets, rows
            self._refresh()
            return
        self.beginResetModel()
        self._rows, self._outbox = tickets, rows
        self.endResetModel()

    def row_of(self, ticket_id: str) -> int:
        """Where a ticket stands; -1 where it does not."""
        ids = [ticket.id for ticket in self._rows]
        return ids.index(ticket_id) if ticket_id in ids else -1

    def operation(self, ticket_id: str) -> OutboxRow | None:
        """A ticket's newest operation."""
        return self._outbox.get(ticket_id)

    def number(self, ticket: Ticket) -> str | None:
        """The centre's number, if it gave one."""
        operation = self._outbox.get(ticket.id)
        return ticket.number or (operation.number if operation else None)

    def sync_words(self, ticket: Ticket) -> str:
        """Where the ticket stands with the centre."""
        operation = self._outbox.get(ticket.id)
        return self._language.say(f"outbox_{operation.state}" if operation else "outbox_unknown")

    def text(self, row: Ticket, column: str) -> str:
        """What a cell says."""
        ticket, content = row, row.content
        if column == "submitted":
            return f"{city_time(ticket.submitted_at):%m-%d %H:%M:%S}"
        if column == "number":
            return self.number(ticket) or ticket.provisional
        if column == "type":
            return self._language.say(f"type_{content.type.name.lower()}") if content.type else ""
        if column == "subject":
            return content.subject or ""
        if column == "where":
            return place(content)
        if column == "unit":
            leads = (unit.name for unit in content.units if unit.role is UnitRole.LEAD)
            return next(leads, content.units[0].name if content.units else "—")
        if column == "limit_hours":
            return limit(content.limit_hours, self._language) if content.limit_hours else "—"
        return self.sync_words(ticket)

    def tip(self, row: Ticket, column: str) -> str:
        """Why the centre refused it, where it did; both numbers. The page's line looks in these too."""
        if column == "number":
            return DOT.join(n for n in (self.number(row), row.provisional) if n)
        operation = self._outbox.get(row.id)
        refused = column == "sync" and operation is not None and operation.reason
        return refused or self.text(row, column)

    def tone(self, row: Ticket, column: str) -> str | None:
        """How it stands with the centre."""
        if column != "sync":
            return None
        operation = self._outbox.get(row.id)
        return TONES[operation.state] if operation else "muted"
