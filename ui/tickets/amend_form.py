"""Put a submitted ticket right: the few fields in which people err, and why."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.domain.ticket import Ticket, TicketContent
from ui.look.composition import Line, Text
from ui.look.controls import KeyButton
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID
from ui.look.wording import masked
from ui.tickets.case_words import queue_word


class AmendForm(QWidget):
    """``wanted`` carries the new content and the reason, ``left`` that nothing is to be done."""

    wanted = Signal(object, str)
    left = Signal()

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._ticket: Ticket | None = None
        self.lines = {name: Line() for name in ("subject", "place", "caller_name", "caller_phone")}
        self.summary, self.words = Text(), Line()
        self.summary.setTabChangesFocus(True)
        grow(self.summary, setFixedHeight=GRID * 24)
        self.save, self.cancel = KeyButton("Ctrl+Return", "main"), KeyButton("Esc", "quiet")
        self._labels: dict[str, QLabel] = {}
        self._lay_out()
        for line in (*self.lines.values(), self.words):
            line.textChanged.connect(lambda _: self._show_state())
        self.summary.textChanged.connect(self._show_state)
        self.save.clicked.connect(self._on_save)
        self.cancel.clicked.connect(self.left)
        language.changed.connect(self._say_all)
        self._say_all()

    def show_ticket(self, ticket: Ticket) -> None:
        """Fill the form with what the ticket says now."""
        content, self._ticket = ticket.content, ticket
        self.lines["subject"].setText(content.subject or "")
        self.lines["place"].setText(content.place or "")
        self.lines["caller_name"].setText(content.caller.name or "")
        self.lines["caller_phone"].clear()  # the number stays hidden: typed, a new one replaces it
        self.lines["caller_phone"].setPlaceholderText(masked(content.caller.phone))
        self.summary.setPlainText(content.summary or "")
        self.words.clear()
        self._show_state()
        self.lines["subject"].setFocus()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 3)
        form = QFormLayout()
        form.setHorizontalSpacing(GRID * 4)
        form.setVerticalSpacing(GRID * 2)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        order: dict[str, QWidget] = {
            "subject": self.lines["subject"],
            "place": self.lines["place"],
            "summary": self.summary,
            "caller_name": self.lines["caller_name"],
            "caller_phone": self.lines["caller_phone"],
            "words": self.words,
        }
        for name, widget in order.items():
            label = QLabel()
            label.setObjectName("fieldLabel")
            label.setBuddy(widget)
            self._labels[name] = label
            form.addRow(label, widget)
        column.addLayout(form)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)

    def _say_all(self) -> None:
        for name, label in self._labels.items():
            words = queue_word(self._language, "amend_words")
            said = words if name == "words" else self._language.say(f"field_{name}")
            label.setText(said)
            buddy = label.buddy()
            if buddy is not None:
                buddy.setAccessibleName(said)
        self.save.set_label(queue_word(self._language, "amend_save"))
        self.cancel.set_label(queue_word(self._language, "cancel"))

    def _content(self, ticket: Ticket) -> TicketContent:
        typed = {name: line.text().strip() or None for name, line in self.lines.items()}
        before = ticket.content.caller
        phone = typed["caller_phone"] or before.phone
        caller = replace(before, name=typed["caller_name"], phone=phone)
        return replace(
            ticket.content,
            subject=typed["subject"],
            place=typed["place"],
            summary=self.summary.toPlainText().strip() or None,
            caller=caller,
        )

    def _show_state(self) -> None:
        """The button works once something is other than it was, and said why."""
        ticket = self._ticket
        changed = ticket is not None and self._content(ticket) != ticket.content
        self.save.setEnabled(changed and bool(self.words.text().strip()))

    def _on_save(self) -> None:
        if self._ticket is not None:
            self.wanted.emit(self._content(self._ticket), self.words.text().strip())
