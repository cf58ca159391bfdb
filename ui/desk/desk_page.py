"""The seat: transcript, ticket, dispatch and knowledge beside each other, wired to the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.desk import Desk
from app.domain.draft import Cursor, Draft
from app.domain.ticket import FIELDS, Citation, TicketContent
from app.knowledge_use import Deed
from resources.errors import UserError
from ui.desk.caller_panel import CallerPanel
from ui.desk.columns import in_columns
from ui.desk.deeds import Deeds
from ui.desk.finds import finds
from ui.desk.left_draft import LeftDraft
from ui.desk.playing import Playing
from ui.desk.ready_row import ReadyRow
from ui.desk.recovery import Recovery
from ui.desk.sending import Sending
from ui.desk.ticket_panel import TicketPanel
from ui.desk.transcript_panel import TranscriptPanel
from ui.desk.undo import Step, Undo
from ui.desk.units_panel import UnitsPanel
from ui.knowledge.article_marks import ArticleMarks
from ui.knowledge.knowledge_search import KnowledgeSearch
from ui.look.controls import Panel
from ui.look.named_key import NamedKey

if TYPE_CHECKING:
    from app.desk import Article, Only
    from app.domain.call import Transcript
    from app.events import AlikeFound, DraftChanged, Heard, Suggested
    from app.knowledge_desk import Found
    from ui.background import Background
    from ui.bridge import EventBridge
    from ui.desk.call_control import CallControl
    from ui.desk.line_control import LineControl
    from ui.desk.ticket_form import TicketForm
    from ui.look.appearance import Appearance
    from ui.look.fields import Find
    from ui.look.language import Language

KEY_FACTS = frozenset(FIELDS) - {"summary"}
"""Fields whose proof is highlighted; a summary's proof is nearly everything that was said."""


class DeskPage(QWidget):
    """Every change goes through ``Desk.edit``; what is shown is always the core's newest draft."""

    failed = Signal(object)
    article_opened = Signal(object)
    ticket_opened = Signal(str)

    def __init__(
        self,
        desk: Desk,
        bridge: EventBridge,
        background: Background,
        control: CallControl,
        line: LineControl,
        language: Language,
        appearance: Appearance,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._background = background
        self._control = control
        self._language = language
        self._current = ""
        self.steps = Undo()
        self.deeds = Deeds(self)
        self.playing = Playing(desk, background, control)
        self.left = LeftDraft(desk, background, self, self._edit)
        self.sending = Sending(desk, background, self.deeds, language, self)
        self._alike: dict[str, AlikeFound] = {}
        self.transcript = TranscriptPanel(language, appearance)
        find_places, find_categories, find_units = finds(desk)
        self.ready = ReadyRow(line, self.deeds, language)
        self.ready.setVisible(not desk.drill)
        make_form = partial(self._make_form, appearance, find_places, find_categories)
        self.ticket = TicketPanel(language, make_form, self.ready)
        self.recovery = Recovery(desk, background, control, self.ticket, language, self)
        self.caller = CallerPanel(line, language, appearance)
        self.units = UnitsPanel(language, appearance, find_units)
        self.knowledge = Panel()
        self.search = KnowledgeSearch(language, appearance, background, self._search)
        self.marks = ArticleMarks(desk, background, self)
        self.knowledge.content.addWidget(self.search)
        language.bind(self.knowledge, self.knowledge.set_title, "knowledge")
        language.bind(self.knowledge, self.knowledge.note.setText, "knowledge_keys")
        panels = (self.caller, self.transcript, self.ticket, self.units, self.knowledge)
        self.columns = in_columns(self, *panels)
        self._connect(bridge)
        self._add_keys()

    @property
    def form(self) -> TicketForm:
        """The form in the middle."""
        return self.ticket.form

    def load(self) -> None:
        """Make the form, for which the window did not wait, and look for drafts of an earlier run."""
        _ = self.form
        self.recovery.look()

    @property
    def draft(self) -> Draft | None:
        """The request that is shown, in its newest content."""
        if self._control.call is None:
            return None
        drafts = self._desk.drafts()
        return next((draft for draft in drafts if draft.id == self._current), None)

    def cite(self, article: Article | None) -> None:
        """Note on the ticket that this version of an article was quoted; once more takes it back."""
        draft = self.draft
        if article is None or draft is None:
            return
        from app.desk import Validity

        cited = [c for c in draft.content.citations if c.article_id == article.id]
        validity = article.validity(date.today())
        if not cited and validity is not Validity.VALID:
            days = {"expires": article.expires, "effective": article.effective}
            code = "ARTICLE_EXPIRED" if validity is Validity.EXPIRED else "ARTICLE_NOT_YET"
            self.failed.emit(UserError(code, title=article.title, **days))
            return
        rest = tuple(c for c in draft.content.citations if c.article_id != article.id)
        added = () if cited else (Citation(article.id, article.version, article.title),)
        self._edit(lambda d: replace(d, content=replace(d.content, citations=(*rest, *added))))
        if added:
            self.marks.note(Deed.CITED, article, self._top_category())

    def _top_category(self) -> str:
        """What the ticket is about, for learning from use."""
        found = self.draft.content.category if self.draft is not None else None
        return found.path[0] if found is not None and found.path else ""

    def _search(self, query: str, only: Only) -> Found:
        return self._desk.articles.search(query, category=self._top_category(), only=only)

    def _asked(self) -> str:
        """What a gap would be reported for: what was typed, else what the caller wants."""
        content = self.draft.content if self.draft is not None else TicketContent()
        return self.search.query or content.subject or content.summary or ""

    # -- building --------------------------------------------------------------------------------

    def _connect(self, bridge: EventBridge) -> None:
        bridge.heard.connect(self._on_heard)
        bridge.draft_changed.connect(self._on_draft_changed)
        bridge.suggested.connect(self._on_suggested)
        bridge.alike_found.connect(self._on_alike_found)
        bridge.ticket_acknowledged.connect(self.sending.take_acknowledged)
        self.sending.changed.connect(self._show)
        self.sending.failed.connect(self.failed)
        self.sending.submitted.connect(self._on_submitted)
        self.sending.recalled.connect(self._on_recalled)
        self.ticket.alike.asked.connect(self._edit)
        self.ticket.alike.answer_wanted.connect(self.search.search_for)
        self._control.begun.connect(self._on_call_begun)
        self._control.changed.connect(self._show)
        self.transcript.play_requested.connect(self.playing.utterance)
        self._follow(self.units)
        self.ticket.request_chosen.connect(self._on_request_chosen)
        self.ticket.request_added.connect(self._on_request_added)
        self.ticket.accept_all_requested.connect(lambda: self._edit(Draft.accept_all))
        self.ticket.submit_requested.connect(self._on_submit_requested)
        self.ticket.next_requested.connect(self._on_next_requested)
        self.recovery.resumed.connect(self._on_resumed)
        self.recovery.failed.connect(self.failed)
        self.caller.ticket_opened.connect(self.ticket_opened)
        self.caller.left.connect(lambda: self.form.focus_first())
        self.search.opened.connect(self._on_article_opened)
        vain = self.search.searched_in_vain
        vain.connect(lambda query: self.marks.note_nothing_found(query, self._top_category()))
        self._language.changed.connect(self._show)

    def _make_form(
        self, appearance: Appearance, find_places: Find, find_categories: Find
    ) -> TicketForm:
        from ui.desk.ticket_form import TicketForm

        form = TicketForm(self._language, appearance, find_places, find_categories)
        self._follow(form)
        form.play_requested.connect(self.playing.proof)
        form.proof_pointed.connect(self.transcript.view.point_at)
        form.cursor_moved.connect(self._on_cursor_moved)
        form.add_keys(self)
        return form

    def _follow(self, editor: TicketForm | UnitsPanel) -> None:
        editor.typed.connect(self.type)
        editor.accepted.connect(lambda name: self._edit(lambda draft: draft.accept(name)))
        editor.rejected.connect(lambda name: self._edit(lambda draft: draft.reject(name)))

    def _on_article_opened(self, article: Article) -> None:
        self.marks.note(Deed.OPENED, article, self._top_category())
        self.article_opened.emit(article)

    def _add_keys(self) -> None:
        self.marks.add_keys(self, self.search.current, self._asked, self._top_category)
        leads: tuple[tuple[str, str, Callable[[], object], QWidget], ...] = (
            ("Ctrl+1", "key_transcript", self.transcript.view.setFocus, self.transcript.title),
            ("Ctrl+2", "key_form", lambda: self.form.focus_first(), self.ticket.title),
            ("Ctrl+3", "key_units", self.units.list.setFocus, self.units.title),
            ("Ctrl+4", "key_articles", self.search.list.setFocus, self.knowledge.title),
            ("Ctrl+5", "key_caller", self.caller.list.setFocus, self.caller.title),
            ("Ctrl+K", "search", self.search.focus_line, self.search.line),
        )
        for key, name, act, place in leads:
            NamedKey(key, name, self, act).told_at(place, self._language)
        keys: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("Ctrl+P", "key_play", lambda: self.playing.proof(self.form.proof_in_focus())),
            ("F9", "cite", lambda: self.cite(self.search.current())),
            ("Ctrl+PgDown", "key_next_request", lambda: self._step(1)),
            ("Ctrl+PgUp", "key_last_request", lambda: self._step(-1)),
        )
        for key, name, act in keys:
            NamedKey(key, name, self, act)

    # -- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show the newest drafts of the call."""
        if self._control.call is None:
            return
        drafts = self._desk.drafts()
        ids = tuple(draft.id for draft in drafts)
        if self._current not in ids:
            self._current = ids[0] if ids else ""
        draft = self.draft
        self.ticket.show_tabs(ids, self._current)
        self.ticket.alike.show_found(self._alike.get(self._current), draft)
        self.form.show_draft(draft, self._desk.due_at(draft) if draft else None)
        self.units.show_draft(draft)
        self.search.model.show_cited(c.article_id for c in draft.content.citations) if draft else None
        proofs = [
            each.content.proof[name]
            for each in drafts
            for name in KEY_FACTS & each.content.proof.keys()
        ]
        self.transcript.view.show_proofs(proofs)
        self.left.note(draft, self._control.call)
        if draft is not None:
            busy = self.sending.busy == draft.id
            self.ticket.show_state(draft, self._desk.missing(draft), submitting=busy)
            self.ticket.show_form()
        elif self.sending.sent:
            self.ticket.show_done(tuple(self.sending.sent.values()))

    def _on_call_begun(self) -> None:
        self.left.begin(self._control.call)
        kept = next((draft for draft in self._desk.drafts() if draft.cursor), None)
        self._clear()
        self._current = kept.id if kept else ""
        self._show()
        if not (kept and kept.cursor and self.form.put_cursor(kept.cursor)):
            self.form.focus_first()

    def _clear(self) -> None:
        self._current = ""
        self.sending.clear()
        self.steps.clear()
        self._alike.clear()
        self.ticket.alike.show_found(None)
        self.transcript.clear()
        self.units.forget()
        self.form.show_ask_back(())
        self.search.show_suggestions(())
        self.ticket.show_saved(None)

    def _on_heard(self, heard: Heard) -> None:
        if self._control.call is not None and heard.call_id == self._control.call.id:
            self.transcript.take(heard)

    def _on_draft_changed(self, event: DraftChanged) -> None:
        if event.saved_at is not None and event.draft.id == self._current:
            self.ticket.show_saved(event.saved_at)
        self._show()

    def _on_suggested(self, event: Suggested) -> None:
        if self._control.call is not None and event.call_id == self._control.call.id:
            self.search.show_suggestions(event.articles)
            self.form.show_ask_back(event.ask_back)

    def _on_alike_found(self, event: AlikeFound) -> None:
        self._alike[event.draft_id] = event
        self.ticket.alike.show_found(self._alike.get(self._current), self.draft)

    # -- editing ---------------------------------------------------------------------------------

    def _edit(self, change: Callable[[Draft], Draft], *, step: bool = True) -> None:
        draft = self.draft
        if draft is not None and draft.id != self.sending.busy:
            try:
                after = self._desk.edit(draft.id, change)
                self.steps.note(draft, after) if step else None
            except UserError as error:  # the next call took its place just now
                self.failed.emit(error)
            self._show()

    def type(self, name: str, value: object) -> None:
        """The operator writes a field of the shown request."""
        self._edit(lambda draft: draft.type(name, value))

    def undo(self) -> tuple[str, ...] | None:
        """Take the newest change back; the names of the fields it was about, ``None`` without any."""
        if self.deeds.at > self.steps.at and self.deeds.take_back():
            return None
        return self._take_back(self.steps.undo())

    def redo(self) -> tuple[str, ...]:
        """Do once more what was taken back."""
        return self._take_back(self.steps.redo())

    def _take_back(self, step: Step | None) -> tuple[str, ...]:
        if step is None or all(one.id != step.after.id for one in self._desk.drafts()):
            return ()
        self._current = step.after.id
        self._edit(lambda draft: draft.undone(step.before, step.after), step=False)
        return tuple(sorted(step.fields))

    def _on_cursor_moved(self, cursor: Cursor) -> None:
        if self._current and self._current != self.sending.busy:
            self._desk.place_cursor(self._current, cursor)

    def _on_request_chosen(self, draft_id: str) -> None:
        self._current = draft_id
        self._show()
        self.form.tell_cursor()

    def _on_request_added(self) -> None:
        self._current = self._desk.add_request().id
        self._show()
        self.form.focus_first()

    def _step(self, by: int) -> None:
        ids = [draft.id for draft in self._desk.drafts()]
        if self._current in ids:
            self._on_request_chosen(ids[(ids.index(self._current) + by) % len(ids)])

    # -- submitting ------------------------------------------------------------------------------

    def _on_submit_requested(self) -> None:
        draft = self.draft
        if draft is None or self.sending.busy:
            return
        missing = self._desk.missing(draft)
        if missing:
            self.ticket.say_missing()
            if not self.form.focus_field(missing[0]):
                self.units.focus_first()
            return
        self._edit(Draft.accept_all)
        if (whole := self.draft) is not None:
            self.sending.submit(whole)

    def _on_submitted(self, _ticket_id: str) -> None:
        self._show()
        if self.draft is None:
            self.ticket.next.setFocus()

    def _on_recalled(self, draft_id: str) -> None:
        self._current = draft_id
        self._show()
        self.form.focus_first()

    def _on_next_requested(self) -> None:
        self.left.begin(None)
        self._control.make_ready()
        self._desk.telephone.make_ready()
        self._clear()
        self.form.show_draft(None)
        self.units.show_draft(None)
        self.ticket.show_begin()
        self.recovery.look()

    def _on_resumed(self, transcript: Transcript) -> None:
        self.transcript.show_transcript(transcript)
        self._show()
