"""Tickets after dispatch as they travel: queues, one ticket with its timeline, and steps."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, JsonValue

from app.domain.life import Satisfaction, Stage, Step
from app.sync.protocol import Message

UnitName = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reason = Annotated[str, Field(min_length=4, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]


class CaseLine(Message):
    """A ticket in a list. ``taken_by`` = who is at it just now; ``tell_caller`` = the caller has not
    yet heard of an extension; ``escalated`` = how often it was since its limit ran out; ``reporters`` =
    how many callers joined it as co-reporters."""

    ticket_id: str
    number: str
    stage: Stage
    unit: str
    subject: str
    district: str
    street: str
    due_at: AwareDatetime | None
    overdue: bool
    extension_until: AwareDatetime | None
    taken_by: str = ""
    tell_caller: bool = False
    escalated: int = 0
    reporters: int = 0


class CallerShown(Message):
    """The caller, masked; for units nothing at all when the caller asked for confidentiality."""

    name: str
    phone: str
    confidential: bool


class CaseEvent(Message):
    """A line of the timeline."""

    at: AwareDatetime
    who: str
    unit: str
    step: str
    stage: Stage
    detail: dict[str, Any]


class CoReport(Message):
    """What a caller said who joined a ticket as co-reporter 共同诉求人."""

    ticket_id: str
    number: str
    received_at: AwareDatetime
    place: str
    summary: str
    caller: CallerShown


class CaseShown(Message):
    """A ticket with its life. ``reporters`` = how many callers joined it as co-reporters,
    ``co_reports`` = what the newest of them said; ``joins`` = the earlier ticket that its own caller
    joined. ``seat`` and ``operator`` = who wrote it; empty for those who need not know, and
    ``operator`` where nobody had logged in at the seat."""

    line: CaseLine
    type: str
    category: tuple[str, ...]
    place: str
    summary: str
    wish: str
    received_at: AwareDatetime
    caller: CallerShown
    assistants: dict[str, bool]
    events: tuple[CaseEvent, ...]
    steps: tuple[Step, ...]
    reporters: int = 0
    co_reports: tuple[CoReport, ...] = ()
    joins: str = ""
    joins_number: str = ""
    seat: str = ""
    operator: str = ""


class CallerRevealed(Message):
    """The caller as the ticket has it; the look is in the audit log."""

    name: str
    phone: str


class RevealRequest(Message):
    """Why somebody needs to know who called."""

    reason: Reason


class StageReached(Message):
    """Where a step has led."""

    stage: Stage


class StepRequest(Message):
    """A step with what it needs. Of a callback: ``reached`` = the caller was; ``contacted`` = the unit
    had contacted the caller."""

    step: Step
    reason: Annotated[str, Field(max_length=32)] = ""
    words: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] = ""
    unit: UnitName = ""
    assistants: Annotated[tuple[UnitName, ...], Field(max_length=10)] = ()
    until: AwareDatetime | None = None
    reached: bool = True
    contacted: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None


class AmendRequest(Message):
    """Fields as they were seen and as they shall be; see ``docs/sync.md``."""

    base: dict[str, JsonValue]
    wanted: Annotated[dict[str, JsonValue], Field(min_length=1, max_length=30)]
    words: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*\S[^\x00]*$")]
