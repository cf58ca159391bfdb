"""Answers that rules give: right or wrong, with the second of the call and the words they cite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.call import Speaker, Transcript, Utterance
from app.domain.draft import get_field, is_empty
from app.domain.ticket import TicketContent
from app.review.rubric import Rule
from app.training.topics import topics


@dataclass(frozen=True, slots=True)
class Cited:
    """A rule's answer: 1 or 0; ``second`` and ``quote`` are what it stands on."""

    value: float
    second: float | None = None
    quote: str = ""


def answer(rule: Rule, transcript: Transcript, ticket: TicketContent) -> Cited:
    """What a rule says of a call and its ticket."""
    spoken = sorted(transcript, key=lambda said: said.start)
    own = [said for said in spoken if said.speaker is Speaker.OPERATOR]
    if rule.said is not None:
        return _said(own, rule.said, rule.within, max((s.end for s in spoken), default=0.0))
    if rule.never is not None:
        found = _first(own, rule.never)
        return Cited(0.0, found.start, found.text) if found else Cited(1.0)
    if rule.gap is not None:
        return _gap(spoken, rule.gap)
    if rule.overlap is not None:
        return _overlap(spoken, rule.overlap)
    return _filled(ticket, rule.filled or "")


def _first(own: Sequence[Utterance], topic: str) -> Utterance | None:
    pattern = topics()[topic].pattern
    return next((said for said in own if pattern.search(said.text)), None)


def _said(own: Sequence[Utterance], topic: str, within: float | None, end: float) -> Cited:
    if within is not None:
        own = [
            said for said in own if (said.start <= within if within >= 0 else said.end >= end + within)
        ]
    found = _first(own, topic)
    return Cited(1.0, found.start, found.text) if found else Cited(0.0)


def _gap(spoken: Sequence[Utterance], longest: float) -> Cited:
    """The longest silence of both sides decides; it is cited where it begins."""
    silent_from, worst, where = spoken[0].end if spoken else 0.0, 0.0, None
    for said in spoken[1:]:
        if said.start - silent_from > worst:
            worst, where = said.start - silent_from, silent_from
        silent_from = max(silent_from, said.end)
    return Cited(float(worst <= longest), where if worst > longest else None, f"{worst:.1f} s")


def _overlap(spoken: Sequence[Utterance], allowed: int) -> Cited:
    """Counts starts of the operator inside a stretch of the caller, half a second before its end."""
    callers = [said for said in spoken if said.speaker is Speaker.CALLER]
    broken = [
        said
        for said in spoken
        if said.speaker is Speaker.OPERATOR
        and any(one.start < said.start < one.end - 0.5 for one in callers)
    ]
    if len(broken) <= allowed:
        return Cited(1.0)
    return Cited(0.0, broken[allowed].start, broken[allowed].text)


def _filled(ticket: TicketContent, field: str) -> Cited:
    if is_empty(get_field(ticket, field)):
        return Cited(0.0)
    proof = ticket.proof.get(field)
    return Cited(1.0, proof.start if proof else None, proof.text if proof else "")
