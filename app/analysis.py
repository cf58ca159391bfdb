"""From a transcript to tickets, articles and the next question: one call of one function.

Live calls, files, drills, ``suggest`` and the evaluations all come through ``Analyst.analyse``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from app.domain.call import Transcript
from app.domain.ticket import TicketContent
from knowledge_base.article import SearchHit


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the program makes of a transcript so far; one ticket per request."""

    tickets: tuple[TicketContent, ...] = ()
    articles: tuple[SearchHit, ...] = ()
    ask_back: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)


class Analyst(Protocol):
    """Reads a transcript; pure with respect to the call, safe to call again as it grows."""

    def analyse(self, transcript: Transcript) -> Analysis:
        """The analysis of all utterances so far."""
