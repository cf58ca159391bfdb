"""The seat's core: everything a front end may ask, see ``app.desk.Desk``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.centre_desk import CentreDesk
from app.centre_link import CentreLink
from app.choice import learn_choice
from app.desk import CallSource, DeviceCall, caller_line, source_name
from app.domain.call import Call, CallState
from app.domain.draft import Cursor, Draft
from app.domain.required import missing_fields
from app.domain.ticket import Citation, Ticket
from app.events import CallChanged, Degraded, DraftChanged, EventBus, TicketSubmitted
from app.first_day import FirstDay
from app.parts import Lazy, Parts
from app.people import People
from app.pickers import Pickers
from app.settings import Settings, load_settings, save_settings
from app.telephone.opening import Telephone
from resources.errors import UserError

if TYPE_CHECKING:
    from app.after_dispatch import AfterDispatch
    from app.alike import AlikeWatch
    from app.analysis import Analyst
    from app.desk import Article, SearchHit
    from app.diagnosis import Checkup
    from app.domain.call import Speaker, Transcript
    from app.knowledge_desk import KnowledgeDesk
    from app.reference.seat import SeatReference
    from app.review.desk import ReviewDesk
    from app.session import CallSession, Hearing
    from app.storage.snapshots import SnapshotKeeper
    from knowledge_base.search import KnowledgeBase

CLOSE_WITHIN_S = 10.0
PAST_TICKETS = 2_000
"""How many of the seat's newest tickets are kept in mind for likeness and lessons."""


class Workplace(Pickers, CentreDesk):
    """One seat, implementing ``app.desk.Desk``. Parts load when they are first needed."""

    def __init__(self, data_dir: Path) -> None:
        self.bus = EventBus()
        self.data_dir = data_dir
        self._settings = load_settings(data_dir)
        self.parts = parts = Parts(data_dir, lambda: self._settings)
        self._review: Lazy[ReviewDesk] = Lazy(self._open_review)
        parts.statistics.hearings = lambda: self.review.heard()
        self.statistics = parts.statistics
        self.people = People(lambda: self.parts.store(), lambda: self._settings)
        self.first_day = FirstDay(self.parts, lambda: self._settings, self.bus)
        self._session: CallSession | None = None
        self._hearing: Hearing | None = None
        self.centre = CentreLink(data_dir, self.parts, lambda: self._settings, self.bus)
        self._keeper: SnapshotKeeper | None = None
        self._changing, self._keeping = threading.Lock(), threading.Lock()
        self._alike: Lazy[AlikeWatch] = Lazy(self._open_alike)
        self.telephone = Telephone(
            self, self.parts.store, lambda content: self._alike().around(content)
        )

    @property
    def after(self) -> AfterDispatch:
        """What becomes of submitted tickets."""
        return self.centre.after

    @property
    def articles(self) -> KnowledgeDesk:
        """The knowledge base for operators and editors."""
        return self.parts.articles

    @property
    def reference(self) -> SeatReference:
        """What the centre published."""
        return self.parts.reference

    @cached_property
    def checkup(self) -> Checkup:
        """What this seat needs to work."""
        from app.diagnosis import Checkup

        return Checkup(self.parts, lambda: self._settings)

    @property
    def review(self) -> ReviewDesk:
        """Reviews of calls and tickets."""
        return self._review()

    def _open_alike(self) -> AlikeWatch:
        from app.alike import AlikeWatch

        watch = AlikeWatch(self.bus.publish, self.parts.matters())
        self.bus.subscribe(watch.on_event)
        return watch

    def _open_review(self) -> ReviewDesk:
        from app.review.desk import ReviewDesk

        return ReviewDesk(self)

    # -- settings --------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    def change_settings(self, **changes: Any) -> Settings:
        """Change these settings and keep them; all as they are now. Raises ``UserError``."""
        with self._keeping:
            settings = self._settings.changed(changes)
            save_settings(self.data_dir, settings)
            self._settings = settings
            return settings

    # -- the call --------------------------------------------------------------------------------

    def start_call(self, source: CallSource) -> Call:
        """Begin a call; what happens next comes as events."""
        return self.begin(source).call

    def begin(self, source: CallSource) -> CallSession:
        """Begin a call; its session, for front ends without a window."""
        from uuid import uuid4

        from app.hearing import open_hearing
        from app.session import CallSession

        with self._changing:
            if self._session is not None and self._session.state is CallState.TALKING:
                raise UserError("CALL_RUNNING")
            self.parts.take_up_reference()
            self._alike()  # it follows the call
            call = Call(str(uuid4()), datetime.now(UTC), source_name(source), caller_line(source))
            session = CallSession(call, self.parts.analyst, self.parts.store(), self.bus)
            if isinstance(source, DeviceCall):
                self.first_day.close()  # some sound inputs are lent to one listener only
            try:
                hearing = open_hearing(
                    source, call.id, self.parts, self._settings, session.on_speech, self.bus
                )
                self.parts.store().start_call(call)
            except BaseException:
                session.close()
                raise
            self._leave_session()
            self._session, self._hearing = session, hearing
        self.bus.publish(CallChanged(call, CallState.TALKING))
        for draft in session.drafts():
            self.bus.publish(DraftChanged(draft))
        hearing.start()
        return session

    def _leave_session(self) -> None:
        if self._hearing is not None:
            self._hearing.stop()
        if self._session is not None:
            self._session.close()
        self._session, self._hearing = None, None

    def hang_up(self) -> None:
        """End the running call's audio; recognition finishes what it has."""
        if self._hearing is not None:
            self._hearing.stop()

    def hold(self, held: bool) -> None:
        """Leave out what is heard while the caller is on hold."""
        if self._hearing is not None:
            self._hearing.hold(held)

    # -- drafts and tickets ----------------------------------------------------------------------

    def drafts(self) -> tuple[Draft, ...]:
        """The drafts of the current call."""
        return self._session.drafts() if self._session else ()

    def edit(self, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
        """Apply a change to a draft of the current call."""
        return self._running(draft_id).edit(draft_id, change)

    def place_cursor(self, draft_id: str, cursor: Cursor) -> None:
        """Note where the operator is writing in a draft of the current call."""
        if self._session is not None:
            self._session.place_cursor(draft_id, cursor)

    def add_request(self) -> Draft:
        """One more ticket for the current call."""
        if self._session is None:
            raise UserError("DRAFT_GONE")
        draft = self._session.add_request()
        self.bus.publish(DraftChanged(draft))
        return draft

    def _running(self, draft_id: str) -> CallSession:
        if self._session is None or all(draft.id != draft_id for draft in self._session.drafts()):
            raise UserError("DRAFT_GONE")
        return self._session

    def missing(self, draft: Draft) -> tuple[str, ...]:
        """Names of the required fields that are still empty."""
        return missing_fields(draft.content)

    def due_at(self, draft: Draft) -> datetime | None:
        """When the limit of a draft of the current call runs out."""
        return self._session.due_at(draft) if self._session else None

    def submit(self, draft_id: str, *, recallable: bool = False) -> Ticket:
        """Commit the ticket and its outbox row in one transaction."""
        session = self._running(draft_id)
        draft = next(draft for draft in session.drafts() if draft.id == draft_id)
        if missing := missing_fields(draft.content):
            raise UserError("TICKET_INCOMPLETE", missing=", ".join(missing), fields=missing)
        operator = self.people.current
        ticket = session.ticket_of(draft, self._settings.seat, operator.name if operator else None)
        store = self.parts.store()
        if recallable:
            store.keep_back([ticket.id])
        store.submit(ticket)
        session.submitted(draft_id)
        learn_choice(self.parts, ticket, self.bus)
        self.bus.publish(TicketSubmitted(ticket))
        self.centre.tell_outbox()
        self.sync_now()
        return ticket

    def recall(self, ticket_id: str) -> Draft:
        """Make a ticket that is kept back the draft it was. Raises ``UserError``."""
        assert self._session is not None  # whoever leaves the call lets go first
        self.parts.store().recall(self._session.draft(ticket_id))
        self.parts.lessons().forget(ticket_id)
        self.centre.tell_outbox()
        return self._session.recalled(ticket_id)

    def let_go(self) -> None:
        """What was kept back goes to the centre."""
        self.parts.store().keep_back(())
        self.sync_now()

    def submit_all(self, drafts: Sequence[Draft]) -> tuple[Ticket, ...]:
        """Accept every suggestion of these drafts and submit them."""
        for draft in drafts:
            self.edit(draft.id, Draft.accept_all)
        return tuple(self.submit(draft.id) for draft in drafts)

    def cite(self, draft_id: str, article: Article) -> Draft:
        """Note in a draft that this version of an article was quoted to the caller."""
        citation = Citation(article.id, article.version, article.title)
        return self.edit(draft_id, lambda draft: draft.citing(citation))

    def recovered(self) -> tuple[Draft, ...]:
        """Drafts that an earlier run of the program left unsubmitted, newest first."""
        current = {draft.id for draft in self.drafts()}
        return tuple(d for d in self.parts.store().open_drafts() if d.id not in current)

    def resume(self, draft_id: str) -> Call:
        """Go on with a recovered draft's call, in the state after hang-up; hear what is left of it."""
        from app.hearing import hear_rest
        from app.session import CallSession

        store = self.parts.store()
        found = next((draft for draft in store.open_drafts() if draft.id == draft_id), None)
        past = store.call(found.call_id) if found else None
        if found is None or past is None:
            raise UserError("DRAFT_GONE")
        with self._changing:
            if self._session is not None and self._session.state is CallState.TALKING:
                raise UserError("CALL_RUNNING")
            self._leave_session()
            self.parts.take_up_reference()
            self._alike()
            siblings = [draft for draft in store.open_drafts() if draft.call_id == found.call_id]
            self._session = CallSession(
                past.call,
                self.parts.analyst,
                store,
                self.bus,
                transcript=store.transcript(past.call.id),
                drafts=siblings,
            )
            hearing = hear_rest(
                past, self._session.transcript(), self.parts, self._settings, self._session.on_speech
            )
            self._hearing = hearing
        self.bus.publish(CallChanged(past.call, CallState.WRAPPING))
        for draft in siblings:
            self.bus.publish(DraftChanged(draft, saved_at=datetime.now(UTC)))
        if hearing is not None:
            hearing.start()
        return past.call

    def discard(self, draft_id: str) -> None:
        """Forget a draft for good."""
        if self._session is not None:
            self._session.submitted(draft_id)
        self.parts.store().discard_draft(draft_id)

    def tickets(self, limit: int = 100) -> tuple[Ticket, ...]:
        """The newest submitted tickets of this seat."""
        return self.parts.store().tickets(limit)

    # -- looking things up -----------------------------------------------------------------------

    def knowledge(self) -> KnowledgeBase:
        """The knowledge base."""
        return self.parts.knowledge()

    def analyst(self) -> Analyst:
        """What turns a transcript into tickets."""
        if self._session is None:
            self.parts.take_up_reference()
        return self.parts.analyst()

    def search(self, query: str, limit: int = 10) -> tuple[SearchHit, ...]:
        """Articles for a typed query, best first."""
        return self.articles.search(query, limit).hits

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """One article."""
        return self.parts.knowledge().article(article_id, version)

    def transcript(self, call_id: str) -> Transcript:
        """All utterances of a call."""
        if self._session is not None and self._session.call.id == call_id:
            return self._session.transcript()
        return self.parts.store().transcript(call_id)

    def play(self, call_id: str, speaker: Speaker, start: float, end: float) -> None:
        """Play a stretch of a recorded call through the default output."""
        from app.hearing import play_stretch

        play_stretch(self.parts, call_id, speaker, start, end)

    def input_devices(self) -> tuple[str, ...]:
        """Names of the sound inputs."""
        from speech.audio.devices import input_devices

        return input_devices()

    def log_in(self, server_url: str, seat: str, password: str) -> None:
        """Try a seat's password at a centre and remember both. Raises ``UserError``."""
        known = self.centre.log_in(server_url, seat, password)
        self.change_settings(server_url=known.server_url, seat=known.seat)

    # -- life ------------------------------------------------------------------------------------

    def prepare_people(self) -> None:
        """Take up the centre's reference data, policy for people included, unless a call goes on."""
        with self._changing:
            if self._session is None:
                self.parts.take_up_reference()

    def preload(self) -> None:
        """Load everything a call needs, so that the first call starts at once. Blocks."""
        from app.readiness import load_parts, start_snapshots

        if self.parts.key().fallback:
            self.bus.publish(Degraded("key", "KEY_IN_FILE"))
        past = self.parts.store().tickets(PAST_TICKETS)
        self._alike().remember(past)
        self.parts.lessons().learn((*past, *self.review.taught()))
        self.centre.tell_outbox()
        self.centre.start()
        if not self.drill:
            self.telephone.listen(self.data_dir, self._settings.telephone_port)
        self._keeper = start_snapshots(self.parts, self.bus)
        load_parts(self.parts, self._settings, self.bus)

    def save_now(self) -> None:
        """Put what is not yet saved of the current call on disk and wait for it, bounded."""
        if self._session is not None:
            self._session.save_now()

    def close(self) -> None:
        """Ordered, bounded shutdown: telephone, audio, recogniser, drafts, sync, store."""
        self.telephone.close()
        self.first_day.close()
        if self._hearing is not None:
            self._hearing.stop()
            self._hearing.join(CLOSE_WITHIN_S)
        self._leave_session()
        if (review := self._review.built()) is not None:
            review.leave()
        self.centre.stop()
        if self._keeper is not None:
            self._keeper.close()
        self.parts.close()
