"""Drafts that an earlier run or an earlier call left: offered between calls, never during one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.ticket import TicketContent

if TYPE_CHECKING:
    from app.desk import Desk
    from app.domain.call import Call, Transcript
    from app.domain.draft import Draft
    from resources.errors import UserError
    from ui.background import Background
    from ui.desk.call_control import CallControl
    from ui.desk.ticket_panel import TicketPanel
    from ui.look.language import Language


class Recovery(QObject):
    """``resumed`` carries the transcript of the call that was taken up again."""

    resumed = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        desk: Desk,
        background: Background,
        control: CallControl,
        ticket: TicketPanel,
        language: Language,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._background, self._control = desk, background, control
        self._ticket, self._language = ticket, language
        self._found: Draft | None = None
        ticket.recovery_answered.connect(self._on_answered)

    def look(self) -> None:
        """Offer the newest draft that was left unsubmitted, if any."""
        self._background.run(self._desk.recovered, self._on_found, kind="recovered")

    def show_resumed(self) -> None:
        """Show the call that the desk has just resumed."""
        call = self._control.call
        if call is not None:
            self._background.run(
                lambda: (call, self._desk.transcript(call.id)), self._on_resumed, kind="resumed"
            )

    def _on_found(self, drafts: tuple[Draft, ...]) -> None:
        useful = [draft for draft in drafts if draft.content != TicketContent()]
        self._found = useful[0] if useful else None
        if self._found is not None and self._control.call is None:
            content = self._found.content
            subject = content.subject or content.summary or self._language.say("no_subject")
            self._ticket.show_begin(subject)

    def _on_answered(self, take: bool) -> None:
        draft, self._found = self._found, None
        if draft is None:
            return
        if not take:
            self._ticket.show_begin()
            return
        self._background.run(
            lambda: (self._desk.resume(draft.id), self._desk.transcript(draft.call_id)),
            self._on_resumed,
            self._on_failed,
        )

    def _on_resumed(self, found: tuple[Call, Transcript]) -> None:
        self.resumed.emit(found[1])

    def _on_failed(self, error: UserError | None) -> None:
        if error is not None:
            self.failed.emit(error)
