"""One submitted ticket in full: what it says, what became of it, and putting it right."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTextBrowser

from app.desk import Desk, OutboxRow, OutboxState
from app.domain.amending import Conflict
from app.domain.ticket import Ticket, TicketContent
from app.sync.refusals import refusal_sentence
from resources.errors import UserError
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.controls import EmptyNote, KeyButton, Panel
from ui.look.language import Language
from ui.look.wording import DOT, category, limit, masked, place
from ui.tickets.amend_form import AmendForm
from ui.tickets.case_words import field_word, queue_word, timeline_html

if TYPE_CHECKING:
    from app.sync.cases import CaseShown


class TicketView(Panel):
    """``amended`` tells that the ticket was put right; ``message`` is for the operator."""

    amended = Signal()
    message = Signal(str)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self._desk, self._background = desk, background
        self._language, self._appearance = language, appearance
        self._ticket: Ticket | None = None
        self._operation: OutboxRow | None = None
        self._life = ""
        self._conflicts: Mapping[str, Conflict] = {}
        self.text = QTextBrowser()
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.form = AmendForm(language)
        self.form.hide()
        self.amend = KeyButton(kind="quiet")
        self.head.addWidget(self.amend)
        self.empty = EmptyNote()
        language.bind(self.empty, self.empty.setText, "ticket_choose")
        self.content.addWidget(self.text, 1)
        self.content.addWidget(self.empty, 1)
        self.content.addWidget(self.form, 0, Qt.AlignmentFlag.AlignTop)
        self.content.addStretch(0)
        self.amend.clicked.connect(self._on_amend)
        self.form.left.connect(lambda: self._show_form(False))
        self.form.wanted.connect(self._on_wanted)
        language.bind(self, self.set_title, "ticket_detail")
        language.bind(self, self.text.setAccessibleName, "ticket_detail")
        for change in (language.changed, appearance.changed):
            change.connect(self._show)
        self.show_ticket(None, None)

    def show_ticket(self, ticket: Ticket | None, operation: OutboxRow | None) -> None:
        """Show a ticket with its newest operation, and ask what became of it."""
        other = (ticket and ticket.id) != (self._ticket and self._ticket.id)
        self._ticket, self._operation = ticket, operation
        if other:
            self._life, self._conflicts = "", {}
            self._show_form(False)
        self._show()
        number = ticket and (ticket.number or (operation and operation.number))
        if ticket is not None and number:
            self._ask_life(ticket.id)

    def _ask_life(self, ticket_id: str) -> None:
        after = self._desk.after

        def ask() -> tuple[Mapping[str, Conflict], CaseShown | None, UserError | None]:
            conflicts = after.conflicts(ticket_id)
            try:
                return conflicts, after.case(ticket_id), None
            except UserError as error:  # the rest of the ticket is here all the same
                return conflicts, None, error

        def done(found: tuple[Mapping[str, Conflict], CaseShown | None, UserError | None]) -> None:
            if self._ticket is None or self._ticket.id != ticket_id:
                return
            self._conflicts, case, error = found
            if case is not None:
                self._life = timeline_html(case.events, self._language, self._appearance.roles)
            elif error is not None and error.code != "CASE_GONE":
                self._life = escape(self._say("life_offline"))
            self._show()

        self._background.run(ask, done, kind="life")

    def _show(self) -> None:
        ticket = self._ticket
        self.amend.set_label(self._say("amend"))
        refused = self._operation is not None and self._operation.state is OutboxState.REFUSED
        self.amend.setVisible(ticket is not None and not refused and self.form.isHidden())
        at = self.text.verticalScrollBar().value()
        self.text.setHtml(self._html(ticket) if ticket else "")
        self.text.setVisible(ticket is not None and self.form.isHidden())
        self.empty.setVisible(ticket is None)
        self.text.verticalScrollBar().setValue(at)

    def _show_form(self, shown: bool) -> None:
        self.form.setVisible(shown)
        self._show()

    def _on_amend(self) -> None:
        if self._ticket is not None:
            self._show_form(True)
            self.form.show_ticket(self._ticket)

    def _on_wanted(self, content: TicketContent, words: str) -> None:
        if (ticket := self._ticket) is None:
            return

        def done(_: Ticket) -> None:
            self._show_form(False)
            self.message.emit(self._say("amended"))
            self.amended.emit()

        self._background.run(lambda: self._desk.after.amend(ticket.id, content, words), done)

    def _html(self, ticket: Ticket) -> str:
        roles = self._appearance.roles
        lines = [
            f"<h3 style='margin-left:4px'>{escape(ticket.content.subject or '')}</h3>",
            '<table cellspacing="0" cellpadding="4">',
        ]
        for name, value in self._rows(ticket):
            if value:
                label = escape(self._language.say(f"field_{name}")).replace(" ", "&nbsp;")
                cell = f'<td style="color:{roles.muted}">{label}&nbsp;&nbsp;</td>'
                lines.append(f"<tr>{cell}<td>{escape(value)}</td></tr>")
        lines.append("</table>")
        if self._conflicts:
            lines.append(
                f"<h4 style='margin-left:4px; color:{roles.warn}'>{escape(self._say('conflicts'))}</h4>"
            )
            lines += [
                f"<p style='margin-left:4px'>{escape(self._conflict(*one))}</p>"
                for one in self._conflicts.items()
            ]
        if self._life:
            lines.append(
                f"<h4 style='margin-left:4px'>{escape(self._say('timeline'))}</h4>{self._life}"
            )
        return "".join(lines)

    def _rows(self, ticket: Ticket) -> tuple[tuple[str, str], ...]:
        say, content, operation = self._language.say, ticket.content, self._operation
        units = DOT.join(f"{unit.name}（{say(f'role_{unit.role}')}）" for unit in content.units)
        caller = content.caller
        parts = [caller.name or say("no_name"), masked(caller.phone)]
        parts += [say("confidential")] if caller.confidential else []
        number = ticket.number or (operation.number if operation else None)
        reason = operation.reason if operation else None
        return (
            ("number", number or say("number_waiting", number=ticket.provisional)),
            ("type", say(f"type_{content.type.name.lower()}") if content.type else ""),
            ("handling", say(f"handling_{content.handling}") if content.handling else ""),
            ("where", place(content)),
            ("category", category(content.category)),
            ("caller", DOT.join(part for part in parts if part)),
            ("summary", content.summary or ""),
            ("operator", ticket.operator or ""),
            ("units", units),
            ("limit_hours", limit(content.limit_hours, self._language) if content.limit_hours else ""),
            ("citations", DOT.join(citation.title for citation in content.citations)),
            ("reason", refusal_sentence(reason, self._language.code) if reason else ""),
        )

    def _conflict(self, name: str, conflict: Conflict) -> str:
        kept, other = _shown(name, conflict.kept), _shown(name, conflict.other)
        return self._say("conflict", field=field_word(self._language, name), kept=kept, other=other)

    def _say(self, key: str, **values: object) -> str:
        return queue_word(self._language, key, **values)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "—"
    return masked(str(value)) if name == "caller.phone" else str(value)
