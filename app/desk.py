"""What a front end may ask of the core. The window and the command line both stand on this.

``GUI`` in a docstring means: returns at once without touching disk, so the GUI thread may call it.
Everything else may block and belongs on a background thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from app.diagnosis import Checkup
    from app.domain.amending import Conflict
    from app.domain.call import Call, Speaker, Transcript
    from app.domain.draft import Cursor, Draft
    from app.domain.life import Stage
    from app.domain.ticket import Category, Ticket, TicketContent
    from app.events import EventBus, SpeechEvent
    from app.first_day import FirstDay
    from app.knowledge_desk import KnowledgeDesk
    from app.people import People
    from app.reference.seat import SeatReference
    from app.review.desk import ReviewDesk
    from app.session import Hearing
    from app.settings import Settings
    from app.statistics.page import Statistics
    from app.sync.cases import CallerRevealed, CaseLine, CaseShown, StepRequest
    from app.telephone.opening import Telephone
    from app.text_modules import TextModules
    from knowledge_base.article import Article as Article
    from knowledge_base.article import SearchHit as SearchHit
    from knowledge_base.article import Validity as Validity
    from knowledge_base.only import EVERYTHING as EVERYTHING
    from knowledge_base.only import Choices as Choices
    from knowledge_base.only import Only as Only
else:

    def __getattr__(name: str) -> object:
        """Of articles: comes with its first use, for a start needs none of it (ADR 0180)."""
        if name in ("Article", "SearchHit", "Validity"):
            from knowledge_base import article as room
        elif name in ("EVERYTHING", "Choices", "Only"):
            from knowledge_base import only as room
        else:
            raise AttributeError(f"app.desk has no {name}")
        return getattr(room, name)


@dataclass(frozen=True, slots=True)
class FileCall:
    """A recorded call; ``pace`` = audio seconds per second, ``None`` = as fast as it goes."""

    path: Path
    pace: float | None = 1.0
    caller_line: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceCall:
    """A live call through the sound inputs named in the settings."""

    caller_line: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """A case file's turns as if they were being heard (no audio, no recogniser)."""

    path: Path
    pace: float | None = 1.0
    caller_line: str | None = None


@dataclass(frozen=True, slots=True)
class SilentCall:
    """A live call whose sound cannot be had: it is neither recorded nor transcribed."""

    caller_line: str | None = None


@dataclass(frozen=True, slots=True)
class DrillCall:
    """A drill's call: ``open`` gets the call's id and makes the hearing that says to the listener
    what is said."""

    name: str
    open: Callable[[str, Callable[[SpeechEvent], None]], Hearing]


CallSource = FileCall | DeviceCall | ScriptCall | SilentCall | DrillCall


def source_name(source: CallSource) -> str:
    """What a call's source is called where the call is kept."""
    if isinstance(source, FileCall | ScriptCall):
        return source.path.name
    return source.name if isinstance(source, DrillCall) else "line"


def caller_line(source: CallSource) -> str | None:
    """The number a call comes from, where that is known."""
    return None if isinstance(source, DrillCall) else source.caller_line


class OutboxState(StrEnum):
    """Where an operation for the centre stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One operation on its way to the centre, as the operator sees it."""

    operation_id: str
    ticket_id: str
    subject: str
    state: OutboxState
    created_at: datetime
    attempts: int
    number: str | None = None
    reason: str | None = None


class TicketsLife(Protocol):
    """Submitted tickets: putting them right, and their later life at the centre.

    Every method blocks and raises ``UserError``; all but the first two need the centre.
    """

    def amend(self, ticket_id: str, content: TicketContent, words: str) -> Ticket:
        """Put a submitted ticket right, here now and at the centre as soon as it answers."""

    def conflicts(self, ticket_id: str) -> Mapping[str, Conflict]:
        """Fields that this seat and the centre changed at the same time, with both values."""

    def queue(self, stage: Stage, tell_caller: bool = False) -> tuple[CaseLine, ...]:
        """The tickets of a queue, due first."""

    def case(self, ticket_id: str) -> CaseShown:
        """One ticket with its timeline and what this seat may do with it."""

    def take(self, ticket_id: str) -> None:
        """Take a ticket of a queue for a while, so that no other seat calls the same caller."""

    def step(self, ticket_id: str, wanted: StepRequest) -> Stage:
        """Take a step; the stage it led to."""

    def reveal(self, ticket_id: str, reason: str) -> CallerRevealed:
        """Who called; the reason stands in the centre's audit log."""


class Desk(Protocol):
    """The core of one seat."""

    bus: EventBus

    @property
    def statistics(self) -> Statistics:
        """GUI. What the tickets of this seat, or of the centre, tell."""

    @property
    def after(self) -> TicketsLife:
        """GUI. What becomes of submitted tickets."""

    @property
    def review(self) -> ReviewDesk:
        """GUI. Reviews of calls and tickets."""

    @property
    def reference(self) -> SeatReference:
        """What the centre published beside articles."""

    @property
    def people(self) -> People:
        """Who works here."""

    @property
    def text_modules(self) -> TextModules:
        """GUI. Sentences to insert; what they do blocks."""

    @property
    def telephone(self) -> Telephone:
        """GUI. What happens on the line."""

    @property
    def data_dir(self) -> Path:
        """GUI. The folder of this seat's data."""

    @property
    def drill(self) -> bool:
        """GUI. Whether this is a drill's desk: nothing it holds ever goes to the real centre."""

    @property
    def settings(self) -> Settings:
        """GUI. The settings in force."""

    def change_settings(self, **changes: Any) -> Settings:
        """Change these settings and keep them; all as they are now. Raises ``UserError``."""

    def start_call(self, source: CallSource) -> Call:
        """Begin a call and return at once; what happens next comes as events.

        Raises ``UserError`` when the source cannot be opened or a call is already going on.
        """

    def hang_up(self) -> None:
        """GUI. End the running call's audio; recognition finishes what it has."""

    def drafts(self) -> tuple[Draft, ...]:
        """GUI. The drafts of the current call, newest content, in the order of the requests."""

    def edit(self, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
        """GUI. Apply a change to a draft; it is published at once and on disk within 500 ms."""

    def place_cursor(self, draft_id: str, cursor: Cursor) -> None:
        """GUI. Note where the operator is writing; on disk within 500 ms, for ``resume``."""

    def add_request(self) -> Draft:
        """GUI. One more ticket for the current call."""

    def recovered(self) -> tuple[Draft, ...]:
        """Drafts that an earlier run of the program left unsubmitted, newest first."""

    def resume(self, draft_id: str) -> Call:
        """Go on with a recovered draft's call, in the state after hang-up."""

    def discard(self, draft_id: str) -> None:
        """Forget a draft for good."""

    def due_at(self, draft: Draft) -> datetime | None:
        """GUI. When the limit of a draft of the current call runs out; ``None`` without a limit."""

    def submit(self, draft_id: str, *, recallable: bool = False) -> Ticket:
        """Commit the ticket and its outbox row in one transaction.

        ``recallable``: it stays at the seat until ``let_go``, the next such ticket or a restart.
        Raises ``UserError("TICKET_INCOMPLETE", missing=…)`` when a required field is empty.
        """

    def recall(self, ticket_id: str) -> Draft:
        """Make a ticket that was kept at the seat the draft it was.

        Raises ``UserError("TICKET_SENT")`` once it left.
        """

    def let_go(self) -> None:
        """Send what was kept at the seat."""

    def missing(self, draft: Draft) -> tuple[str, ...]:
        """GUI. Names of the required fields that are still empty."""

    def cite(self, draft_id: str, article: Article) -> Draft:
        """GUI. Note in a draft that this version of an article was quoted to the caller."""

    @property
    def checkup(self) -> Checkup:
        """GUI. Looking whether this machine has what calls need; what it does blocks."""

    @property
    def first_day(self) -> FirstDay:
        """GUI. Setting this seat up."""

    @property
    def articles(self) -> KnowledgeDesk:
        """GUI. Looking up, marking and keeping articles; what it does may block."""

    def search(self, query: str, limit: int = 10) -> tuple[SearchHit, ...]:
        """Articles for a typed query, best first."""

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """One article."""

    def find_categories(self, query: str, limit: int = 20) -> tuple[Category, ...]:
        """GUI. Catalogue items by Chinese words, pinyin, initials or code, best first."""

    def find_places(self, query: str, limit: int = 20) -> tuple[tuple[str, str | None], ...]:
        """GUI. (district, street) pairs by Chinese words, pinyin or initials, best first."""

    def find_units(self, query: str, limit: int = 20) -> tuple[str, ...]:
        """GUI. Names of handling units by Chinese words, pinyin or initials, best first."""

    def transcript(self, call_id: str) -> Transcript:
        """All utterances of a call."""

    def play(self, call_id: str, speaker: Speaker, start: float, end: float) -> None:
        """Play a stretch of a recorded call through the default output; newer stops older."""

    def tickets(self, limit: int = 100) -> tuple[Ticket, ...]:
        """The newest submitted tickets of this seat."""

    def outbox(self) -> tuple[OutboxRow, ...]:
        """The operations for the centre, newest first."""

    def retry(self, operation_id: str) -> None:
        """Offer a refused operation to the centre once more. Raises ``UserError``."""

    def reopen(self, ticket_id: str) -> Draft:
        """Make a refused ticket a draft again, to be mended with ``resume``. Raises ``UserError``."""

    def export_outbox(self, path: Path) -> tuple[int, str]:
        """Write what the centre does not have to a sealed file: how many operations, and the key
        that opens it. Raises ``UserError``."""

    def import_outbox(self, path: Path, printed_key: str) -> int:
        """Take over another seat's outbox; how many operations were new. Raises ``UserError``."""

    def log_in(self, server_url: str, seat: str, password: str) -> None:
        """Try a seat's password at a centre and remember both. Raises ``UserError``."""

    def sync_now(self) -> None:
        """GUI. Try the centre again at once."""

    def input_devices(self) -> tuple[str, ...]:
        """Names of the sound inputs."""

    def prepare_people(self) -> None:
        """Learn what the centre's policy asks of people here, before anything is shown."""

    def preload(self) -> None:
        """Load store, index, rules and engines and start sending, so that the first call starts
        at once. What is missing is told as ``Degraded`` events."""

    def save_now(self) -> None:
        """Put what is not yet saved of the current call on disk and wait for it, bounded."""

    def close(self) -> None:
        """Ordered, bounded shutdown: audio, recogniser, drafts, sync, store."""
