"""What the caller told of the matter: clauses without greetings, openings and personal data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof
from app.intake.rulebook import any_of
from app.intake.talk import Span, clauses

_LEAD = re.compile(
    rf"^(?:{any_of('fillers')}[，, ]*|(?:对|好的?|行|是的)[，, ]+|{any_of('announcements')}[，, ]*)+"
)
_OPENING = re.compile(rf"^{any_of('openings')}$")
_EMPTY = re.compile(rf"^{any_of('empty_clauses')}$")
_ABOUT_CALLER = re.compile(any_of("about_caller"))
_OWN_FIELDS = ("caller.name", "caller.phone", "caller.confidential")
_OWN_MARGIN = 10
"""A clause with a name or number in it and no more characters than these tells nothing else."""


def told(talk: Sequence[Utterance], proofs: Mapping[str, Proof] | None = None) -> list[Span]:
    """The caller's clauses about the matter, each once and without its announcement.

    ``proofs`` of the ticket: clauses that only give what stands in the caller's fields are left out.
    """
    own = [proof.text for name in _OWN_FIELDS if (proof := (proofs or {}).get(name)) and proof.text]
    result: list[Span] = []
    seen: set[str] = set()
    for said in talk:
        if said.speaker is not Speaker.CALLER:
            continue
        for clause in clauses(said):
            clause = Span(said, clause.start + lead_length(clause.text), clause.end)
            words = clause.text.strip()
            if len(words) < 2 or words in seen or not _is_matter(words):
                continue
            if any(mine in words and len(words) <= len(mine) + _OWN_MARGIN for mine in own):
                continue
            seen.add(words)
            result.append(clause)
    return result


@lru_cache(maxsize=4096)
def lead_length(text: str) -> int:
    """Length of the greeting or announcement that a clause begins with."""
    found = _LEAD.match(text)
    return found.end() if found else 0


@lru_cache(maxsize=4096)
def _is_matter(words: str) -> bool:
    return not (_OPENING.match(words) or _EMPTY.match(words) or _ABOUT_CALLER.search(words))
