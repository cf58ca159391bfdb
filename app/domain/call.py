"""A call 来电 and its transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from speech.utterance import Speaker as Speaker
from speech.utterance import Utterance as Utterance
from speech.utterance import Word as Word

Transcript = Sequence[Utterance]


class CallState(StrEnum):
    """Where a call stands."""

    READY = "ready"
    TALKING = "talking"
    WRAPPING = "wrapping"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Call:
    """One call at one seat. ``source`` says where its sound comes from (file or device name)."""

    id: str
    started_at: datetime
    source: str
    caller_line: str | None = None
