"""The tickets behind a number, at the side of a page of statistics."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QVBoxLayout

from app.statistics.page import PAGE, TicketLine
from resources.texts import text
from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, CardRole, Passage
from ui.look.controls import EmptyNote, KeyButton, Panel, with_bar
from ui.look.language import Language
from ui.look.style import GRID
from ui.look.wording import DOT


class BehindList(Panel):
    """``more_requested`` carries how many are listed; ``ticket_opened`` a ticket's id."""

    more_requested = Signal(int)
    ticket_opened = Signal(str)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language = language
        self._lines: list[TicketLine] = []
        self._rows = QStandardItemModel(self)
        self.cards = CardList(appearance)
        self.cards.setModel(self._rows)
        self.empty = EmptyNote()
        self.more = KeyButton(kind="quiet")
        column = QVBoxLayout()
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.addLayout(with_bar(self.cards), 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignHCenter)
        self.content.addLayout(column)
        self.more.clicked.connect(lambda: self.more_requested.emit(len(self._lines)))
        self.cards.activated.connect(lambda index: self.ticket_opened.emit(self._lines[index.row()].id))
        self.clear()
        language.changed.connect(self.clear)

    def clear(self) -> None:
        """Nothing is opened."""
        self._lines = []
        self._rows.clear()
        self.set_title(self._say("behind"))
        self.cards.setAccessibleName(self._say("behind"))
        self.more.set_label(self._say("behind_more"))
        self.empty.setText(self._say("behind_hint"))
        self.note.clear()
        self._show_parts(more=False)

    def show_lines(self, name: str, lines: Sequence[TicketLine], offset: int) -> None:
        """Show the tickets behind the number ``name``; with an ``offset`` below those before."""
        if offset == 0:
            self._lines = []
            self._rows.clear()
        self._lines += lines
        for line in lines:
            card = self._card(line)
            item = QStandardItem(card.spoken())
            item.setData(card, CardRole.CARD)
            self._rows.appendRow(item)
        self.set_title(name)
        self.empty.setText(self._say("behind_none"))
        self._show_parts(more=len(lines) == PAGE)
        if offset == 0 and lines:
            self.cards.setCurrentIndex(self._rows.index(0, 0))

    def _show_parts(self, more: bool) -> None:
        self.cards.setVisible(bool(self._lines))
        self.empty.setVisible(not self._lines)
        self.more.setVisible(more)

    def _card(self, line: TicketLine) -> Card:
        badge = self._say("behind_overdue") if line.overdue else ""
        if line.stage and not line.overdue:
            badge = self._say(f"stage_{line.stage}")
        words = DOT.join(part for part in (line.number, line.where, line.unit) if part)
        title = line.subject or line.number or line.id[:8]
        return Card(title, badge, "bad" if line.overdue else "", (Passage(words),))

    def _say(self, key: str) -> str:
        return text(f"statistics.{key}", self._language.code)
