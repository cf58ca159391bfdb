"""What the core tells the world, and the bus that carries it.

Subscribers are called on the thread that publishes: they must be quick and must not raise. The
user interface subscribes once, through its bridge, and goes on in the GUI thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from speech.events import (
    ON_HOLD as ON_HOLD,
)
from speech.events import (
    AudioEnded as AudioEnded,
)
from speech.events import (
    AudioGap as AudioGap,
)
from speech.events import (
    AudioLevel as AudioLevel,
)
from speech.events import (
    AudioSafe as AudioSafe,
)
from speech.events import (
    MachinePace as MachinePace,
)
from speech.events import (
    PartialHeard as PartialHeard,
)
from speech.events import (
    SpeechDegraded as SpeechDegraded,
)
from speech.events import SpeechEvent as SpeechEvent
from speech.events import (
    SpeechRestored as SpeechRestored,
)
from speech.events import (
    UtteranceHeard as UtteranceHeard,
)
from speech.events import (
    UtteranceSettled as UtteranceSettled,
)

if TYPE_CHECKING:
    from app.dispatch.duplicates import TicketRow
    from app.domain.call import Call, CallState
    from app.domain.draft import Draft
    from app.domain.ticket import Ticket
    from app.telephone.history import CallerHistory
    from app.telephone.line import LineShown
    from knowledge_base.article import SearchHit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call started or moved to its next state."""

    call: Call
    state: CallState


@dataclass(frozen=True, slots=True)
class Heard:
    """Something the recogniser said about a call."""

    call_id: str
    event: SpeechEvent


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """A draft has new content. ``saved_at`` is set when this very content is safe on disk."""

    draft: Draft
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """New articles and the next question to ask back for a call (either may be empty)."""

    call_id: str
    articles: tuple[SearchHit, ...]
    ask_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlikeFound:
    """Tickets about the same matter at the same place as a draft's, likest first; and a surge
    around it: so many alike in the area of late (0 = none), and the title of the
    article that most of their callers were quoted."""

    draft_id: str
    tickets: tuple[TicketRow, ...] = ()
    area: str = ""
    surge: int = 0
    answer: str = ""


@dataclass(frozen=True, slots=True)
class TicketSubmitted:
    """A ticket and its outbox row were committed together."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class TicketAcknowledged:
    """The centre has the ticket and gave it its number."""

    ticket_id: str
    number: str


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """How many operations wait for the centre, and how many it refused."""

    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class CentreChanged:
    """Whether the centre answers; ``code`` names the error text when it does not."""

    online: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Degraded:
    """A part works less well or not at all; ``code`` names the error text, empty = recovered."""

    part: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AccountsChanged:
    """The centre told who may work here; somebody may be so no longer."""


@dataclass(frozen=True, slots=True)
class ReferenceArrived:
    """The centre published reference data; these names hold from the next call on."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineChanged:
    """Something changed on the telephone line; ``shown`` is all of it."""

    shown: LineShown


@dataclass(frozen=True, slots=True)
class CallLogChanged:
    """The seat's log of calls is another one."""


@dataclass(frozen=True, slots=True)
class CallerKnown:
    """A caller was looked up; ``line_id`` is the call's on the line."""

    line_id: str
    history: CallerHistory


Event = (
    CallChanged
    | CallLogChanged
    | Heard
    | DraftChanged
    | Suggested
    | AlikeFound
    | TicketSubmitted
    | TicketAcknowledged
    | OutboxChanged
    | CentreChanged
    | Degraded
    | ReferenceArrived
    | AccountsChanged
    | LineChanged
    | CallerKnown
)
Subscriber = Callable[[Event], None]


class EventBus:
    """Carries events from any thread to every subscriber."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: tuple[Subscriber, ...] = ()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` for every event from now on; the result ends that."""
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = tuple(s for s in self._subscribers if s is not subscriber)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell every subscriber. One that raises is logged and does not stop the others."""
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception:  # a faulty listener must never cost the call
                log.exception("event subscriber failed on %s", type(event).__name__)
