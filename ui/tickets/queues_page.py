"""What waits for the seats at the centre: callbacks, returned tickets, other channels, extensions."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QTextBrowser, QVBoxLayout, QWidget

from app.desk import Desk
from app.domain.city import city_time
from app.domain.life import Stage, Step
from resources.errors import UserError
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, CardRole, Passage
from ui.look.controls import ChipRow, EmptyNote, KeyButton, Panel, with_bar
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.style import GRID
from ui.look.wording import DOT, region
from ui.tickets.case_words import life_word, queue_word, timeline_html
from ui.tickets.step_form import StepForm

if TYPE_CHECKING:
    from app.sync.cases import CallerRevealed, CaseLine, CaseShown, StepRequest

QUEUES = {
    "reported": Stage.REPORTED,
    "returned": Stage.RETURNED,
    "waiting": Stage.WAITING,
    "unassigned": Stage.UNASSIGNED,
    "told": Stage.HANDLING,
}
"""Queues by name; ``told`` are extensions of which the caller has not yet heard."""
_AWAY = ("CENTRE_UNREACHABLE", "CENTRE_TIMEOUT", "CENTRE_BROKE_OFF", "CENTRE_BUSY", "CENTRE_FAILED")


class QueuesPage(QWidget):
    """A queue on the left; on the right the chosen ticket, its short form, and its whole story."""

    message = Signal(str)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk, self._background = desk, background
        self._language, self._appearance = language, appearance
        self._queue = "reported"
        self._lines: tuple[CaseLine, ...] = ()
        self._case: CaseShown | None = None
        self.queues = ChipRow(tuple(QUEUES))
        self.refresh_button = KeyButton("F5")
        self._rows = QStandardItemModel(self)
        self.cards = CardList(appearance)
        self.cards.setModel(self._rows)
        self.empty, self.choose = EmptyNote(), EmptyNote()
        self.subject, self.facts = QLabel(), QLabel()
        self.subject.setObjectName("head")
        self.subject.setWordWrap(True)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.RichText)
        self.caller = QLabel()
        self.caller.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_caller = KeyButton(kind="quiet")
        self.form = StepForm(desk, language)
        self.story = QTextBrowser()
        self.story.setObjectName("flush")
        self.story.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.story.setOpenLinks(False)
        self.story.document().setDocumentMargin(0)
        self._lay_out()
        self.queues.chosen.connect(self._on_queue)
        self.refresh_button.clicked.connect(self.refresh)
        self.cards.selectionModel().currentRowChanged.connect(self._on_chosen)
        self.show_caller.clicked.connect(self._on_show_caller)
        self.form.wanted.connect(self._on_wanted)
        NamedKey("Ctrl+K", "queues.title", self, self.cards.setFocus).told_at(self.cards, language)
        for change in (language.changed, appearance.changed):
            change.connect(self._show_all)
        self._show_all()

    def refresh(self) -> None:
        """Ask the centre for the queue."""
        queue = self._queue
        self.empty.setText(self._say("loading"))
        self._background.run(
            lambda: self._desk.after.queue(QUEUES[queue], queue == "told"),
            self._on_found,
            self._on_failed,
            kind="queue",
        )

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.list_panel, self.case_panel = Panel(), Panel()
        inner = QVBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        inner.setSpacing(GRID * 2)
        row = QHBoxLayout()
        row.addWidget(self.queues, 1)
        row.addWidget(self.refresh_button)
        inner.addLayout(row)
        inner.addLayout(with_bar(self.cards), 1)
        inner.addWidget(self.empty, 1)
        self.list_panel.content.addLayout(inner)
        self.body = QWidget()
        self.body.setObjectName("formBody")
        column = QVBoxLayout(self.body)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 3)
        column.addWidget(self.subject)
        column.addWidget(self.facts)
        line = QHBoxLayout()
        line.addWidget(self.caller)
        line.addWidget(self.show_caller)
        line.addStretch(1)
        column.addLayout(line)
        column.addWidget(self.form)
        self.story_title = QLabel()
        self.story_title.setObjectName("fieldLabel")
        column.addWidget(self.story_title)
        column.addWidget(self.story, 1)
        self.case_panel.content.addWidget(self.body, 1)
        self.case_panel.content.addWidget(self.choose, 1)
        split = QSplitter()
        split.addWidget(self.list_panel)
        split.addWidget(self.case_panel)
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        split.setSizes([720, 780])
        outer = QHBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.addWidget(split)

    def _show_all(self) -> None:
        word = self._say
        self.list_panel.set_title(word("title"))
        self.case_panel.set_title(word("detail"))
        self.queues.set_labels(word("title"), lambda name: word(f"queue_{name}"))
        self.queues.show_value(self._queue, suggested=False)
        self.refresh_button.set_label(word("refresh"))
        self.cards.setAccessibleName(word("title"))
        self.story.setAccessibleName(word("timeline"))
        self.story_title.setText(word("timeline"))
        self.show_caller.set_label(word("show_caller"))
        self.choose.setText(word("choose"))
        self._show_lines()
        self._show_case()

    def _show_lines(self) -> None:
        chosen = self.cards.currentIndex().row()
        self._rows.clear()
        for line in self._lines:
            card = self._card(line)
            item = QStandardItem(card.spoken())
            item.setData(card, CardRole.CARD)
            self._rows.appendRow(item)
        self.cards.setVisible(bool(self._lines))
        self.empty.setVisible(not self._lines)
        count = len(self._lines)
        self.list_panel.note.setText(self._say("count", n=count) if count else "")
        if 0 <= chosen < count:
            self.cards.setCurrentIndex(self._rows.index(chosen, 0))

    def _card(self, line: CaseLine) -> Card:
        due = city_time(line.due_at) if line.due_at else None
        badge, tone = "", ""
        if line.taken_by:
            badge, tone = self._say("taken_by", who=line.taken_by), "warn"
        elif line.overdue:
            badge, tone = self._say("overdue"), "bad"
        elif due is not None:
            badge = self._say("due", month=due.month, day=due.day, time=f"{due:%H:%M}")
        words = DOT.join(
            part for part in (line.number, region(line.district, line.street), line.unit) if part
        )
        return Card(line.subject or line.number, badge, tone, (Passage(words),))

    def _show_case(self) -> None:
        case = self._case
        self.body.setVisible(case is not None)
        self.choose.setVisible(case is None)
        self.case_panel.note.setText("")
        if case is None:
            return
        muted = self._appearance.roles.muted
        stage = life_word(self._language, "stage", case.line.stage)
        self.case_panel.note.setText(DOT.join((case.line.number, stage)))
        where = DOT.join(p for p in (region(case.line.district, case.line.street), case.place) if p)
        self.subject.setText(case.line.subject)
        lines = [f"<span style='color:{muted}'>{escape(where)}</span>"] if where else []
        lines += [escape(case.summary)] if case.summary else []
        if case.reporters:
            lines.append(escape(self._say("co_reporters", n=case.reporters)))
        if case.joins_number:
            lines.append(escape(self._say("joins", number=case.joins_number)))
        self.facts.setText("<br>".join(lines))
        self.story.setHtml(timeline_html(case.events, self._language, self._appearance.roles))

    def _show_caller_line(self, case: CaseShown, revealed: CallerRevealed | None = None) -> None:
        shown = revealed or case.caller
        parts = [shown.name, shown.phone]
        if case.caller.confidential:
            parts.append(self._say("confidential"))
        self.caller.setText(DOT.join(part for part in parts if part))
        self.show_caller.setVisible(revealed is None and bool(case.caller.phone))

    # -- what happens ----------------------------------------------------------------------------

    def _on_queue(self, name: object) -> None:
        if name is None:
            return
        self._queue = str(name)
        self.queues.show_value(name, suggested=False)
        self._lines, self._case = (), None
        self._show_lines()
        self._show_case()
        self.refresh()

    def _on_found(self, lines: tuple[CaseLine, ...]) -> None:
        self._lines = lines
        self.empty.setText(self._say("empty"))
        self._case = None
        self._show_case()
        self._show_lines()

    def _on_failed(self, error: UserError | None) -> None:
        self._lines, self._case = (), None
        self._show_lines()
        self._show_case()
        if error is not None and error.code in _AWAY:
            self.empty.fail(self._say("offline"), "warn")
        elif error is not None and error.code in ("NO_CENTRE", "CENTRE_LOGIN_NEEDED"):
            self.empty.setText(self._say("no_centre"))
        elif error is not None:
            self.empty.fail(self._language.error(error))

    def _on_chosen(self, current: QModelIndex) -> None:
        if 0 <= current.row() < len(self._lines):
            self.open_case(self._lines[current.row()].ticket_id)

    def open_case(self, ticket_id: str) -> None:
        """Show a ticket of the queue."""
        self._background.run(lambda: self._desk.after.case(ticket_id), self._on_case, kind="case")

    def _on_case(self, case: CaseShown) -> None:
        self._case = case
        self._show_caller_line(case)
        suggested = (str(event.detail.get("suggested") or "") for event in reversed(case.events))
        self.form.show_steps(self._offered(case), next(filter(None, suggested), ""))
        self._show_case()

    def _offered(self, case: CaseShown) -> tuple[Step, ...]:
        if case.line.taken_by and case.line.taken_by != self._desk.settings.seat:
            return ()
        if self._queue == "told":
            return (Step.TELL_CALLER,) if Step.TELL_CALLER in case.steps else ()
        return tuple(step for step in case.steps if step is not Step.TELL_CALLER)

    def _on_show_caller(self) -> None:
        """Whoever looks takes the ticket: the next thing is to call."""
        if (case := self._case) is None:
            return
        ticket_id, reason = case.line.ticket_id, self._say("reveal_reason")

        def ask() -> CallerRevealed:
            self._desk.after.take(ticket_id)
            return self._desk.after.reveal(ticket_id, reason)

        self._background.run(ask, lambda found: self._show_caller_line(case, found))

    def _on_wanted(self, request: StepRequest) -> None:
        if (case := self._case) is None:
            return
        self.form.setEnabled(False)

        def done(stage: Stage) -> None:
            self.form.setEnabled(True)
            reached = life_word(self._language, "stage", stage)
            self.message.emit(self._say("saved", number=case.line.number, stage=reached))
            self.refresh()

        def failed(error: UserError | None) -> None:
            self.form.setEnabled(True)
            if error is not None:
                self._background.user_error_raised.emit(error)

        self._background.run(lambda: self._desk.after.step(case.line.ticket_id, request), done, failed)

    def _say(self, key: str, **values: object) -> str:
        return queue_word(self._language, key, **values)
