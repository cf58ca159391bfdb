"""What seats, editors and the centre say to each other about gaps and searches in vain."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.knowledge_use import MOST_WORDS, Deed
from app.sync.protocol import Message

MOST_GAPS = 200
"""So many travel in one request."""
MOST_WORDINGS = 2_000
"""So many wordings of each kind are listed, the most frequent ones; nothing else can be settled."""

Missing = Literal[Deed.GAP, Deed.NOTHING_FOUND]
Words = Annotated[str, Field(min_length=1, max_length=MOST_WORDS, pattern=r"^[^\x00]*$")]
Seq = Annotated[int, Field(ge=0, lt=2**63)]


class GapSent(Message):
    """Something that no article answered, as reported or as typed; ``id`` makes a repeat known."""

    id: UUID
    deed: Missing
    words: Words


class GapsSent(Message):
    """Some of a seat's gaps, its personal numbers masked."""

    gaps: Annotated[tuple[GapSent, ...], Field(min_length=1, max_length=MOST_GAPS)]


class GapListed(Message):
    """A wording that came ``count`` times."""

    deed: Missing
    words: str
    count: int


class GapsListed(Message):
    """What nobody has seen to yet, of all seats; ``upto`` says how much of it this is."""

    gaps: tuple[GapListed, ...]
    upto: Seq


class GapsSettled(Message):
    """An editor has seen to these wordings, as far as they had come when listed."""

    deed: Missing
    words: Annotated[tuple[Words, ...], Field(min_length=1, max_length=MOST_WORDINGS)]
    upto: Seq
