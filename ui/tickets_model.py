"""Submitted tickets and where they stand with the centre, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.desk import OutboxRow, OutboxState
from app.domain.ticket import Ticket, UnitRole
from ui.appearance import Appearance
from ui.language import Language
from ui.wording import limit, place

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("submitted", "number", "type", "subject", "where", "unit", "limit_hours", "sync")
TONES = {OutboxState.WAITING: "warn", OutboxState.ACCEPTED: "ok", OutboxState.REFUSED: "bad"}
ROOT = QModelIndex()


class TicketsModel(QAbstractTableModel):
    """One row a ticket, newest first."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language = language
        self._appearance = appearance
        self._tickets: tuple[Ticket, ...] = ()
        self._outbox: Mapping[str, OutboxRow] = {}
        language.changed.connect(self._refresh)
        appearance.changed.connect(self._refresh)

    def show_tickets(self, tickets: Iterable[Ticket], outbox: Iterable[OutboxRow]) -> None:
        """Show tickets with the newest operation of each."""
        rows: dict[str, OutboxRow] = {}
        for row in outbox:
            rows.setdefault(row.ticket_id, row)
        tickets = tuple(tickets)
        if [ticket.id for ticket in tickets] == [ticket.id for ticket in self._tickets]:
            self._tickets, self._outbox = tickets, rows
            self._refresh()
            return
        self.beginResetModel()
        self._tickets, self._outbox = tickets, rows
        self.endResetModel()

    def ticket(self, row: int) -> Ticket | None:
        """The ticket of a row."""
        return self._tickets[row] if 0 <= row < len(self._tickets) else None

    def row_of(self, ticket_id: str) -> int:
        """Where a ticket stands; -1 where it does not."""
        ids = [ticket.id for ticket in self._tickets]
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

    def _text(self, ticket: Ticket, column: str) -> str:
        content = ticket.content
        if column == "submitted":
            return f"{ticket.submitted_at.astimezone():%m-%d %H:%M:%S}"
        if column == "number":
            return self.number(ticket) or "—"
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

    def _refresh(self) -> None:
        if self._tickets:
            last = self.index(len(self._tickets) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._tickets)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._tickets):
            return None
        ticket, column = self._tickets[index.row()], COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(ticket, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            operation = self._outbox.get(ticket.id)
            if column == "sync" and operation is not None and operation.reason:
                return operation.reason
            return self._text(ticket, column)
        if role == Qt.ItemDataRole.ForegroundRole and column == "sync":
            operation = self._outbox.get(ticket.id)
            tone = TONES[operation.state] if operation else "muted"
            return QColor(self._appearance.roles.color(tone))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        if shown and orientation is Qt.Orientation.Horizontal and section < len(COLUMNS):
            return self._language.say(f"field_{COLUMNS[section]}")
        return None
