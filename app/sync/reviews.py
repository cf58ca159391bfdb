"""What seats, team leads and the centre say to each other about reviews."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from app.sync.protocol import MAX_BODY_BYTES, Message, Name

MOST_UTTERANCES = 20_000
ROOM_BYTES = MAX_BODY_BYTES // 2
"""A transcript that is longer travels without the times of its words."""


class TranscriptSent(Message):
    """What was said in an ended call; a repeat replaces it."""

    call_id: Name
    said: Annotated[tuple[dict[str, JsonValue], ...], Field(max_length=MOST_UTTERANCES)]


class Screening(Message):
    """What the rules alone give a ticket; see ``app/review/evaluation.py``."""

    total: float
    sections: dict[str, float | None]
    knocked_out: tuple[str, ...]
    open: tuple[str, ...]


class ScreenedTicket(Message):
    """A ticket as the rules see it, its caller masked."""

    ticket: dict[str, JsonValue]
    flags: tuple[str, ...]
    result: Screening
    same: bool | None = None
    """Behind a question's agreement: whether all gave it one answer; ``None`` = not to be known yet."""


class OpenedCall(Message):
    """A call laid open; ``file_key`` opens its recording, ``None`` where there is none.

    ``others`` are other reviewers' reviews, empty until one's own is finished.
    """

    said: tuple[dict[str, JsonValue], ...]
    file_key: str | None = Field(repr=False)
    own: dict[str, JsonValue] | None
    others: tuple[dict[str, JsonValue], ...]


class ReviewSent(Message):
    """A review as ``app/review/records.py`` writes it."""

    review: dict[str, JsonValue]


class AgreementShown(Message):
    """How far team leads agree on a question; see ``app/review/agreement.py``."""

    question: str
    tickets: int
    same: float
    kappa: float | None
    alpha: float | None


class Outcomes(Message):
    """Of a seat's tickets those that came back, or whose caller was not satisfied: flags by id."""

    flags: dict[str, tuple[str, ...]]
