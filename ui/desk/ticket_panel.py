"""The centre panel: request tabs, form and what happens to it; or how to begin, or what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.domain.draft import Draft, Origin
from app.domain.ticket import provisional_number
from ui.desk.alike_banner import AlikeBanner
from ui.desk.banners import Banner
from ui.desk.ready_row import ReadyRow
from ui.look.controls import Chip, KeyButton, Panel, note, tone
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.sizes import grow
from ui.look.spoken import announce
from ui.look.style import GRID
from ui.look.wording import DOT, moment

if TYPE_CHECKING:
    from ui.desk.ticket_form import TicketForm

NAMED = 2
"""So many missing fields are named; the tooltip has all."""


class Sent(NamedTuple):
    """A ticket of this call that was submitted; ``number`` once the centre gave it."""

    ticket_id: str
    subject: str
    number: str | None = None


class TicketPanel(Panel):
    """Which request is shown, and the keys that act on it."""

    request_chosen = Signal(str)
    request_added = Signal()
    accept_all_requested = Signal()
    submit_requested = Signal()
    next_requested = Signal()
    recovery_answered = Signal(bool)

    def __init__(
        self,
        language: Language,
        make_form: Callable[[], TicketForm],
        ready: ReadyRow,
        parent: QWidget | None = None,
    ) -> None:
        """``ready`` is shown between calls, under how to begin one."""
        super().__init__(parent)
        self._ready = ready
        self._language = language
        self._make_form = make_form
        self._tabs: list[Chip] = []
        self._tab_ids: tuple[str, ...] = ()
        self._sent: tuple[Sent, ...] = ()
        self._recovered = ""
        self._paused = False
        self._saved_at: datetime | None = None
        self.tabs = QHBoxLayout()
        self.tabs.setSpacing(GRID * 2)
        self.add = Chip()
        grow(self.add, setMinimumWidth=GRID * 7)  # round at every text size
        add_key = NamedKey("Ctrl+T", "add_request", self.add, self.add.click)
        add_key.setContext(Qt.ShortcutContext.WindowShortcut)
        add_key.told_at(self.add, language)
        self.tabs.addWidget(self.add)
        self.head.insertLayout(1, self.tabs)
        self.pages = QStackedWidget()
        self.begin = self._build_begin()
        self.done = self._build_done()
        for page in (self.begin, self.done):
            self.pages.addWidget(page)
        self.alike = AlikeBanner(language)
        self.content.addWidget(self.pages, 1)
        self.foot = self._build_foot()
        self.content.addWidget(self.foot)
        self.add.clicked.connect(self.request_added)
        language.bind(self, self.set_title, "ticket")
        language.bind(self.add, self.add.setAccessibleName, "add_request")
        self.add.setText("＋")
        language.changed.connect(self._show_words)
        ready.paused.connect(self.show_break)
        self.show_begin()

    @cached_property
    def form(self) -> TicketForm:
        """The form, made when it is first asked for: between calls nobody sees it."""
        form = self._make_form()
        form.add_banner(self.alike)
        self.pages.insertWidget(1, form)
        last = [*_tabs_in(self.begin)][-1:]
        for before, part in pairwise((*last, *_tabs_in(form))):
            QWidget.setTabOrder(before, part)  # where it stands, and not when it was made
        return form

    # -- the three states ------------------------------------------------------------------------

    def show_begin(self, recovered: str = "") -> None:
        """No call: how to begin. ``recovered`` names a draft of an earlier run, offered here."""
        self._recovered = recovered
        self.show_tabs((), "")
        self._saved_at = None
        self.pages.setCurrentWidget(self.begin)
        self._show_parts()

    def show_break(self, paused: bool) -> None:
        """Whether the operator has a break: then no call is waited for."""
        self._paused = paused
        self._show_words()

    def show_form(self) -> None:
        """A request is being written."""
        self.pages.setCurrentWidget(self.form)
        self._show_parts()

    def show_done(self, sent: Sequence[Sent]) -> None:
        """Every request of the call was submitted."""
        self._sent = tuple(sent)
        self.pages.setCurrentWidget(self.done)
        self._show_parts()

    def _show_parts(self) -> None:
        page = self.pages.currentWidget()
        self.foot.setVisible(page not in (self.begin, self.done))
        self.add.setVisible(page is not self.begin)
        self._show_words()

    # -- content ---------------------------------------------------------------------------------

    def show_tabs(self, draft_ids: tuple[str, ...], current: str) -> None:
        """One chip for each request."""
        if draft_ids != self._tab_ids:
            for chip in self._tabs:
                self.tabs.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
            self._tabs = []
            for draft_id in draft_ids:
                chip = Chip(self)
                chip.clicked.connect(
                    lambda _=False, draft_id=draft_id: self.request_chosen.emit(draft_id)
                )
                self.tabs.insertWidget(self.tabs.count() - 1, chip)
                chip.show()
                self._tabs.append(chip)
            self._tab_ids = draft_ids
            self._show_words()
        for chip, draft_id in zip(self._tabs, draft_ids, strict=True):
            chip.set_state("on" if draft_id == current else "off")

    def show_state(self, draft: Draft, missing: Sequence[str], *, submitting: bool) -> None:
        """What is missing, how many suggestions are left, whether it can be submitted."""
        left = sum(1 for origin in draft.origins.values() if origin is Origin.SUGGESTED)
        self.accept_all.setEnabled(left > 0 and not submitting)
        self.submit.setEnabled(not submitting)
        say, whole = self._language.say, ""
        if submitting:
            words = say("submitting")
        elif missing:
            names = [say(f"field_{name.replace('.', '_')}") for name in missing]
            whole = say("missing", names=say("comma").join(names))
            more = len(names) - NAMED
            named = say("comma").join(names[:NAMED]) + (f" +{more}" if more > 0 else "")
            words = say("missing", names=named)
        elif left:
            words = say("ready_with_suggestions", n=left)
        else:
            words = say("ready_to_submit")
        self.state.setText(words)
        self.state.setToolTip(whole)
        tone(self.state, tone="warn" if missing else "ok" if not left else "")
        cited = len(draft.content.citations)
        self.citations.setText(say("citations", n=cited) if cited else "")
        self.citations.setToolTip("\n".join(citation.title for citation in draft.content.citations))

    def say_missing(self) -> None:
        """Have a screen reader say all that is missing."""
        announce(self.state, self.state.toolTip())

    def show_saved(self, saved_at: datetime | None) -> None:
        """When the shown content was last safe on disk."""
        self._saved_at = saved_at
        self.note.setText(self._language.say("draft_safe", time=moment(saved_at)) if saved_at else "")

    def _show_words(self) -> None:
        say = self._language.say
        for number, chip in enumerate(self._tabs, start=1):
            chip.set_label(say("request", n=number))
        self.show_saved(self._saved_at)
        begin = "break" if self._paused else "begin"
        self.begin_title.setText(say(f"{begin}_title"))
        self.begin_words.setText(say(f"{begin}_words"))
        self.recovery.say(
            say("recovered_title") if self._recovered else "",
            say("recovered", subject=self._recovered) if self._recovered else "",
        )
        lines = []
        for sent in self._sent:
            given = (
                say("number", number=sent.number)
                if sent.number
                else say("number_waiting", number=provisional_number(sent.ticket_id))
            )
            lines.append(f"{sent.subject}{DOT}{given}")
        self.sent_lines.setText("\n".join(lines))

    # -- building --------------------------------------------------------------------------------

    def _build_begin(self) -> QWidget:
        page, column = self._column()
        self.recovery = Banner("accent")
        self.take_up = KeyButton("Ctrl+Return", "main")
        self.leave = KeyButton("", "plain")
        self._language.bind(self.take_up, self.take_up.set_label, "recovered_take")
        self._language.bind(self.leave, self.leave.set_label, "recovered_leave")
        self.take_up.clicked.connect(lambda: self.recovery_answered.emit(True))
        self.leave.clicked.connect(lambda: self.recovery_answered.emit(False))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.take_up)
        self.recovery.column.addLayout(buttons)
        self.begin_title, self.begin_words = title, words = QLabel(), note()
        title.setObjectName("title")
        for label in (title, words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        column.addWidget(self.recovery)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(words)
        column.addSpacing(GRID * 6)
        column.addWidget(self._ready)
        column.addStretch(3)
        return page

    def _build_done(self) -> QWidget:
        page, column = self._column()
        title = QLabel()
        title.setObjectName("title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._language.bind(title, title.setText, "done_title")
        self.sent_lines = QLabel()
        self.sent_lines.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sent_lines.setWordWrap(True)
        self.sent_lines.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sent_lines.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.next = KeyButton("F4", "main")
        self._language.bind(self.next, self.next.set_label, "next_call")
        self.next.clicked.connect(self.next_requested)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(self.sent_lines)
        column.addSpacing(GRID * 3)
        column.addWidget(self.next, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return page

    def _column(self) -> tuple[QWidget, QVBoxLayout]:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 2)
        return page, column

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 2)
        row.setSpacing(GRID * 3)
        self.accept_all = KeyButton("Alt+A")
        self._language.bind(self.accept_all, self.accept_all.set_label, "accept_all")
        self.accept_all.clicked.connect(self.accept_all_requested)
        self.citations = note()
        self.state = QLabel()
        self.state.setObjectName("status")
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.submit = KeyButton("Ctrl+Return", "main")
        self._language.bind(self.submit, self.submit.set_label, "submit")
        self.submit.clicked.connect(self.submit_requested)
        row.addWidget(self.accept_all)
        row.addWidget(self.citations)
        row.addWidget(self.state, 1)
        row.addWidget(self.submit)
        return foot


def _tabs_in(within: QWidget) -> Iterator[QWidget]:
    """What Tab stops at in a widget, in order."""
    part = within
    while (following := part.nextInFocusChain()) is not None and within.isAncestorOf(following):
        part = following
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield part
