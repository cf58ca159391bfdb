"""Who is calling: open tickets, last calls, what others report at the place and of the matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from app.domain.city import city_time
from app.telephone.line import Phase
from ui.look.cards import Card, CardList, Passage
from ui.look.cards_model import CardsModel
from ui.look.controls import EmptyNote, Panel, with_bar
from ui.look.sizes import grow
from ui.look.style import GRID
from ui.look.wording import DOT, masked, place, shortened

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.dispatch.duplicates import TicketRow
    from app.domain.ticket import Ticket
    from app.telephone.history import CallerHistory, CallerTicket
    from ui.desk.line_control import LineControl
    from ui.look.appearance import Appearance
    from ui.look.language import Language

WORDS = 60
HEIGHT, HEIGHT_IN_CALL = GRID * 66, GRID * 50
"""While somebody speaks, what is said needs the room."""


def history_words(history: CallerHistory | None, language: Language) -> str:
    """``第 2 次来电 · 在办 1 件``; empty as long as nothing is known."""
    if history is None:
        return ""
    parts = [language.say("caller_times", n=history.times + 1) if history.times else ""]
    parts.append(language.say("caller_open", n=history.open) if history.open else "")
    return DOT.join(part for part in parts if part) or language.say("caller_first")


class CallerPanel(Panel):
    """Stands over the transcript while a number is known. Enter opens a ticket, Esc leaves."""

    ticket_opened = Signal(str)
    left = Signal()

    def __init__(
        self,
        line: LineControl,
        language: Language,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._line, self._language = line, language
        self.model = CardsModel()
        self.list = CardList(appearance)
        self.list.setModel(self.model)
        self.empty = EmptyNote()
        self.empty.setProperty("tight", True)
        self.content.addWidget(self.empty, 1)
        self.content.addLayout(with_bar(self.list), 1)
        self.content.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID)
        self.list.activated.connect(lambda index: self._on_activated(index.row()))
        self.list.key_pressed.connect(self._on_key_pressed)
        line.caller_known.connect(self._show)
        line.changed.connect(self._show)
        language.changed.connect(self._show)
        language.bind(self.list, self.list.setAccessibleName, "caller_card")
        self._show()

    def _show(self) -> None:
        call, history = self._line.call, self._line.history
        self.setVisible(call is not None and call.number is not None)
        if call is None or call.number is None:
            self.model.show_rows(())
            return
        self.set_title(self._language.say("caller_card"))
        self.note.setText(masked(call.number))
        rows = self._rows(history) if history is not None else []
        self.model.show_rows(rows)
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        words = "caller_looking" if history is None else "caller_first_words"
        self.empty.setText(self._language.say(words))
        told = any(item is not None for _, item in rows)
        most = GRID * (34 if rows else 30)
        if told:
            most = HEIGHT if call.phase is Phase.RINGING else HEIGHT_IN_CALL
        least = min(most, GRID * 36)
        grow(self, setMaximumHeight=most, setMinimumHeight=least)
        if rows and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _rows(self, history: CallerHistory) -> list[tuple[Card, object]]:
        say = self._language.say
        call = self._line.call
        told = call is not None and call.phase is Phase.RINGING
        rows: list[tuple[Card, object]] = [
            (self._ticket_card(one, told=told), one.ticket.id) for one in history.tickets
        ]
        if history.calls:
            times = DOT.join(f"{city_time(at):%m-%d %H:%M}" for at in history.calls)
            rows.append((Card(say("caller_calls", n=history.times), passages=(Passage(times),)), None))
        for key, others in (
            ("caller_same_place", history.same_place),
            ("caller_same_matter", history.same_matter),
        ):
            rows += [(self._other_card(say(key), row), None if row.told else row.id) for row in others]
        return rows

    def _ticket_card(self, one: CallerTicket, *, told: bool) -> Card:
        ticket, say = one.ticket, self._language.say
        content = ticket.content
        badge = say("caller_ticket_open") if one.open else say("caller_ticket_over")
        badge = say("caller_ticket_maybe") if one.maybe else badge
        line = DOT.join(part for part in (_day(ticket), place(content)) if part)
        return Card(
            content.subject or say("no_subject"),
            badge,
            "warn" if one.open else "",
            (Passage(line),),
            details=(Passage(shortened(content.summary, WORDS)),) if told and content.summary else (),
        )

    def _other_card(self, title: str, row: TicketRow) -> Card:
        where = DOT.join(part for part in (row.street, row.place) if part)
        at = f"{city_time(row.at):%m-%d %H:%M}"
        words = shortened(row.words, WORDS) or row.matter
        return Card(
            DOT.join((title, at)), row.number, "", (Passage(DOT.join(p for p in (where, words) if p)),)
        )

    def _on_activated(self, row: int) -> None:
        ticket_id = self.model.item(row)
        if isinstance(ticket_id, str):
            self.ticket_opened.emit(ticket_id)

    def _on_key_pressed(self, key: int) -> None:
        if key == Qt.Key.Key_Escape:
            self.left.emit()


def _day(ticket: Ticket) -> str:
    return f"{city_time(ticket.called_at or ticket.submitted_at):%Y-%m-%d %H:%M}"
