"""Submitted tickets, the outbox, and one ticket in full."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.desk import Desk, OutboxRow
from app.domain.ticket import Ticket
from resources.errors import UserError
from ui.background import Background
from ui.bridge import EventBridge
from ui.desk.deeds import Deeds
from ui.knowledge.knowledge_search import SearchLine
from ui.look.appearance import Appearance
from ui.look.controls import ChipRow, EmptyNote, KeyButton, Panel, with_bar
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.rows import FilteredRows, dress_table
from ui.look.style import GRID
from ui.tickets.calls_panel import CallsPanel
from ui.tickets.outbox_actions import OutboxActions
from ui.tickets.ticket_view import TicketView
from ui.tickets.tickets_model import TicketsModel

NEWEST = 1000
LISTS = ("tickets", "calls")
WIDTHS = {
    "submitted": 128,
    "number": 152,
    "type": 92,
    "subject": 0,
    "where": 0,
    "unit": 128,
    "limit_hours": 64,
    "sync": 100,
}


class TicketsPage(QWidget):
    """Table on the left, the chosen ticket on the right."""

    def __init__(
        self,
        desk: Desk,
        bridge: EventBridge,
        background: Background,
        language: Language,
        appearance: Appearance,
        deeds: Deeds,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._background = background
        self._language = language
        self.model = TicketsModel(language, appearance)
        self.filtered = FilteredRows(self.model, self)
        self._wanted, self._known = "", False
        self.line = SearchLine()
        self.table = QTableView()
        dress_table(self.table, self.filtered, WIDTHS)
        self.empty = EmptyNote()
        self.send = KeyButton("F5")
        self.view = TicketView(desk, background, language, appearance)
        self.unsent = OutboxActions(desk, background, language)
        self.lists = ChipRow(LISTS)
        self.calls = CallsPanel(desk, bridge, background, language, appearance, deeds)
        self._lay_out()
        self.view.amended.connect(self.refresh)
        self.line.textEdited.connect(self.filtered.setFilterFixedString)
        self.line.textEdited.connect(lambda _: self._show_counts())
        self.line.went_down.connect(self.table.setFocus)
        self.send.clicked.connect(desk.sync_now)
        self.table.selectionModel().currentRowChanged.connect(self._show_ticket)
        for signal in (bridge.ticket_submitted, bridge.ticket_acknowledged, bridge.outbox_changed):
            signal.connect(self._on_outbox_moved)
        self.lists.chosen.connect(self.show_list)
        self.calls.ticket_chosen.connect(self._show_ticket_of_call)
        NamedKey("Ctrl+K", "hint_filter", self, self._focus_line).told_at(self.line, language)
        NamedKey("Ctrl+H", "key_other_list", self, self._show_other).told_at(self.lists, language)
        self._bind()

    def show_list(self, name: object) -> None:
        """Show one of ``LISTS``."""
        calls = name == "calls"
        self.shown.setCurrentWidget(self.calls if calls else self.list_panel)
        self.lists.show_value("calls" if calls else "tickets", suggested=False)
        (self.calls if calls else self).refresh()
        (self.calls.table if calls else self.table).setFocus()

    def _show_other(self) -> None:
        self.show_list("tickets" if self.shown.currentWidget() is self.calls else "calls")

    def _focus_line(self) -> None:
        (self.calls.line if self.shown.currentWidget() is self.calls else self.line).setFocus()

    def _show_ticket_of_call(self, ticket_id: str) -> None:
        row = self.model.row_of(ticket_id) if ticket_id else -1
        ticket = self.model.at(row)
        self.view.note.setText(self.model.sync_words(ticket) if ticket else "")
        self.view.show_ticket(ticket, self.model.operation(ticket.id) if ticket else None)

    def refresh(self) -> None:
        """Ask for the newest tickets."""
        if self.shown.currentWidget() is self.calls:
            self.calls.refresh()
        self._background.run(
            lambda: (self._desk.tickets(NEWEST), self._desk.outbox()),
            self._on_found,
            self._on_failed,
            kind="tickets",
        )

    def open_ticket(self, ticket_id: str) -> None:
        """Show a ticket, now or when the tickets have come."""
        self.shown.setCurrentWidget(self.list_panel)
        self.lists.show_value("tickets", suggested=False)
        self._wanted = ticket_id
        self.line.clear()
        self.filtered.setFilterFixedString("")
        self._show_counts()
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        row = self.model.row_of(self._wanted) if self._wanted else -1
        if row >= 0:
            self._wanted = ""
            index = self.filtered.index_of(row)
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)

    def _lay_out(self) -> None:
        self.list_panel, self.shown = Panel(), QStackedWidget()
        self.shown.addWidget(self.list_panel)
        self.shown.addWidget(self.calls)
        inner = QVBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        inner.setSpacing(GRID * 2)
        row = QHBoxLayout()
        row.setSpacing(GRID * 2)
        row.addWidget(self.line, 1)
        row.addWidget(self.send)
        inner.addLayout(row)
        inner.addLayout(with_bar(self.table), 1)
        inner.addWidget(self.empty, 1)
        inner.addWidget(self.unsent)
        self.list_panel.content.addLayout(inner)
        split = QSplitter()
        split.addWidget(self.shown)
        split.addWidget(self.view)
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        split.setSizes([1130, 370])
        split.setStretchFactor(0, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 3)
        outer.setSpacing(GRID * 2)
        outer.addWidget(self.lists)
        outer.addWidget(split, 1)

    def _bind(self) -> None:
        bind = self._language.bind
        bind(self, self.list_panel.set_title, "page_tickets")
        bind(self, self.table.setAccessibleName, "page_tickets")
        bind(self, self.line.setPlaceholderText, "hint_filter")
        bind(self, self.line.setAccessibleName, "hint_filter")
        bind(self, self.send.set_label, "sync_now")
        bind(self, self._name_lists, "calls")
        self._language.changed.connect(self._show_ticket)
        self._language.changed.connect(self._show_counts)
        self._show_counts()

    def _name_lists(self, _: str) -> None:
        self.lists.set_labels(
            self._language.say("page_tickets"),
            lambda name: self._language.say("calls" if name == "calls" else "page_tickets"),
        )
        self.lists.show_value("tickets", suggested=False)

    def _on_outbox_moved(self) -> None:
        if self.isVisible():
            self.refresh()

    def _on_found(self, found: tuple[tuple[Ticket, ...], tuple[OutboxRow, ...]]) -> None:
        tickets, outbox = found
        self._known = True
        self.model.show_tickets(tickets, outbox)
        if tickets and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._choose_wanted()
        self._show_counts()
        self._show_ticket()

    def _on_failed(self, error: UserError | None) -> None:
        if error is not None and not self.model.rowCount():
            self.empty.fail(self._language.error(error))
        elif error is not None:
            self._background.user_error_raised.emit(error)

    def _show_counts(self) -> None:
        count, shown = self.model.rowCount(), self.filtered.rowCount() > 0
        self.table.setVisible(shown)
        self.empty.setVisible(not shown)
        words = "nothing_fits" if count else "tickets_empty" if self._known else "reading"
        self.empty.setText(self._language.say(words))
        self.list_panel.note.setText(self._language.say("ticket_count", n=count) if count else "")

    def _show_ticket(self, _current: QModelIndex | None = None) -> None:
        ticket = self.filtered.at(self.table.currentIndex())
        operation = self.model.operation(ticket.id) if ticket else None
        self.view.note.setText(self.model.sync_words(ticket) if ticket else "")
        if self.shown.currentWidget() is self.list_panel:
            self.view.show_ticket(ticket, operation)
        self.unsent.show_operation(operation)
