"""Submitting the requests of a call, and taking the newest one back before it leaves the seat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.ticket import Handling
from ui.desk.ticket_panel import Sent

if TYPE_CHECKING:
    from app.desk import Desk
    from app.domain.draft import Draft
    from app.domain.ticket import Ticket, TicketContent
    from app.events import TicketAcknowledged
    from resources.errors import UserError
    from ui.background import Background
    from ui.desk.deeds import Deeds
    from ui.look.language import Language

AT_ONCE_HOURS = 2
"""What is due so soon is on its way at once."""


class Sending(QObject):
    """``changed`` on every step; ``submitted`` and ``recalled`` carry the id of the ticket."""

    changed = Signal()
    failed = Signal(object)
    submitted = Signal(str)
    recalled = Signal(str)

    def __init__(
        self, desk: Desk, background: Background, deeds: Deeds, language: Language, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._desk, self._background = desk, background
        self._deeds, self._language = deeds, language
        self.busy = ""
        """The draft that is being submitted; empty = none."""
        self.sent: dict[str, Sent] = {}
        self._kept = ""
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.timeout.connect(self.let_go)

    def submit(self, draft: Draft) -> None:
        """Submit a request; what was submitted before it goes to the centre."""
        self.let_go()
        self.busy = draft.id
        self.changed.emit()
        seconds = 0 if self._desk.drill or _urgent(draft.content) else self._desk.settings.recall_s
        self._background.run(
            lambda: self._desk.submit(draft.id, recallable=seconds > 0),
            lambda ticket: self._on_submitted(ticket, seconds),
            self._on_not_submitted,
        )

    def let_go(self) -> None:
        """What was submitted holds, and leaves."""
        self._grace.stop()
        if self._kept:
            self._kept = ""
            self._deeds.forget()
            self._background.run(self._desk.let_go)

    def clear(self) -> None:
        """The next call."""
        self.let_go()
        self.busy = ""
        self.sent.clear()

    def take_acknowledged(self, event: TicketAcknowledged) -> None:
        """The centre has it."""
        sent = self.sent.get(event.ticket_id)
        if sent is not None or self.busy:
            subject = sent.subject if sent else ""
            self.sent[event.ticket_id] = Sent(event.ticket_id, subject, event.number)
            self.changed.emit()

    def _on_submitted(self, ticket: Ticket, seconds: int) -> None:
        self.busy = ""
        known = self.sent.get(ticket.id)
        number = ticket.number or (known.number if known else None)
        self.sent[ticket.id] = Sent(ticket.id, ticket.content.subject or "", number)
        self.submitted.emit(ticket.id)
        if seconds > 0:
            self._kept = ticket.id
            self._grace.start(seconds * 1000)
            words = self._language.say("submitted_recall", n=seconds)
            self._deeds.note(words, self._recall_of(ticket.id), seconds)

    def _on_not_submitted(self, error: UserError | None) -> None:
        self.busy = ""
        self.changed.emit()
        if error is not None:
            self.failed.emit(error)

    def _recall_of(self, ticket_id: str) -> Callable[[], None]:
        def recall() -> None:
            self._grace.stop()
            self._kept = ""
            self._background.run(
                lambda: self._desk.recall(ticket_id), self._on_recalled, self._on_not_submitted
            )

        return recall

    def _on_recalled(self, draft: Draft) -> None:
        self.sent.pop(draft.id, None)
        self.recalled.emit(draft.id)


def _urgent(content: TicketContent) -> bool:
    soon = content.limit_hours is not None and content.limit_hours <= AT_ONCE_HOURS
    return soon or content.handling is Handling.EMERGENCY
