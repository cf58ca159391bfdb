"""Ticket 工单 and the values of its fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.trail import Trail
from speech.utterance import Speaker


class RequestType(StrEnum):
    """Type of a request 诉求类型."""

    QUESTION = "咨询"
    HELP = "求助"
    COMPLAINT = "投诉"
    REPORT = "举报"
    SUGGESTION = "建议"
    PRAISE = "表扬"


class Handling(StrEnum):
    """What the operator does with a request 处理方式."""

    ANSWER = "answer"
    DISPATCH = "dispatch"
    DUAL_DISPATCH = "dual_dispatch"
    EMERGENCY = "emergency"
    OTHER_CHANNEL = "other_channel"
    CONFER = "confer"


class UnitRole(StrEnum):
    """A unit's part in a ticket: 主责 leads, 协办 assists."""

    LEAD = "lead"
    ASSIST = "assist"


LINE_RULE = "来电号码"
"""The rule that proves a telephone number nobody had to say."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a field's value comes from: whose words, when (seconds of the call), by which rule.

    ``start`` and ``end`` are ``None`` when the text had no audio (plain text input) or the value
    follows from other fields by the rule alone.
    """

    rule: str
    text: str = ""
    speaker: Speaker | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller 诉求人. ``confidential`` = asks that units do not learn who called."""

    name: str | None = None
    phone: str | None = None
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A catalogue item as a ticket keeps it: its code and its path from the top level down."""

    code: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitSuggestion:
    """A handling unit 承办单位 proposed for a ticket, with the reasons in words."""

    name: str
    role: UnitRole
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact version of an article that the operator quoted to the caller."""

    article_id: str
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class TicketContent:
    """What a ticket says. Missing facts are ``None``, never guessed.

    ``event_time`` and ``people`` are as said; ``amounts`` in digits (``5000元``); ``parties`` are
    names of shops, companies, projects; ``repeat``: the caller has called about it before;
    ``wish`` is what the caller wants. ``joins`` = the earlier ticket (its id) that this caller joins
    as co-reporter 共同诉求人.

    ``proof`` maps a field's name (as in ``FIELDS``) to the proof of its value; the clauses of the
    summary are proved one by one as ``summary.1``, ``summary.2``, …
    """

    type: RequestType | None = None
    handling: Handling | None = None
    emergency_line: str | None = None
    channel: str | None = None
    district: str | None = None
    street: str | None = None
    place: str | None = None
    subject: str | None = None
    summary: str | None = None
    category: Category | None = None
    limit_hours: int | None = None
    caller: Caller = field(default_factory=Caller)
    units: tuple[UnitSuggestion, ...] = ()
    risks: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    event_time: str | None = None
    people: str | None = None
    amounts: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    repeat: bool = False
    wish: str | None = None
    joins: str | None = None
    proof: Mapping[str, Proof] = field(default_factory=dict)


FIELDS = (
    "type",
    "handling",
    "emergency_line",
    "channel",
    "district",
    "street",
    "place",
    "subject",
    "summary",
    "category",
    "limit_hours",
    "caller.name",
    "caller.phone",
    "caller.confidential",
    "units",
    "risks",
    "event_time",
    "people",
    "amounts",
    "parties",
    "repeat",
    "wish",
)
"""Names of the fields that are suggested, proved, accepted or typed one by one."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A submitted ticket 工单. ``number`` is the centre's; until it answers only ``id`` exists
    and the ``provisional`` number that comes from it.

    ``called_at`` and ``ended_at``: when its call began and was hung up, where there was one. ``trail``:
    what the operator did to it when. ``operator``: who wrote it, where somebody had logged in.
    """

    id: str
    call_id: str
    seat: str
    content: TicketContent
    submitted_at: datetime
    number: str | None = None
    called_at: datetime | None = None
    ended_at: datetime | None = None
    trail: Trail = ()
    operator: str | None = None

    @property
    def provisional(self) -> str:
        """What the ticket is called until the centre has numbered it; see ``provisional_number``."""
        return provisional_number(self.id)


def provisional_number(ticket_id: str) -> str:
    """``L7F3A-91C2`` for a ticket of id ``7f3a91c2-…``: short enough to be told on the telephone.

    It is the beginning of the id, so that it needs no counter, holds offline, and leads back to the
    ticket wherever that is. Two tickets share it with a chance of one in four thousand million.
    """
    letters = "".join(sign for sign in ticket_id if sign.isalnum())[:8].upper()
    return f"L{letters[:4]}-{letters[4:]}"


def id_begins(provisional: str) -> str | None:
    """How the id of a ticket begins that has this provisional number, however somebody typed it;
    ``None`` for anything else."""
    found = _PROVISIONAL.fullmatch(unicodedata.normalize("NFKC", provisional).strip())
    return None if found is None else "".join(found.groups()).lower()


_PROVISIONAL = re.compile(r"[Ll]\s*([0-9A-Fa-f]{4})[\s\-\u2010-\u2015]*([0-9A-Fa-f]{4})")
