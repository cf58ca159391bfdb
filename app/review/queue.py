"""The queue of a team lead: every ticket screened by the rules, and two samples kept apart from it.

*Screening* looks at all tickets, so its rates are those of the whole. The *random sample* is drawn by a
seed without looking, so it alone estimates quality. The *risk sample* is where something is likely
to be wrong, so its mean says nothing about the rest. Figures of the three are never added up.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.call import Transcript
from app.domain.ticket import Ticket
from app.review.evaluation import Result, evaluate
from app.review.rubric import Rubric

LONG_SILENCE_S = 20.0
LOW_CONFIDENCE = 0.6
RISK_SHARE = 3
"""One ticket in so many, the riskiest, is in the risk sample at most."""


class Sample(StrEnum):
    """Why a ticket is looked at."""

    SCREENING = "screening"
    RANDOM = "random"
    RISK = "risk"


class Flag(StrEnum):
    """What stands out about a ticket and its call; the queue filters by these."""

    RETURNED = "returned"
    UNSATISFIED = "unsatisfied"
    RISK_WORDS = "risk_words"
    LONG_SILENCE = "long_silence"
    LOW_CONFIDENCE = "low_confidence"
    RULE_BROKEN = "rule_broken"


WEIGHT: Mapping[Flag, float] = {
    Flag.RETURNED: 3.0,
    Flag.UNSATISFIED: 3.0,
    Flag.RISK_WORDS: 2.0,
    Flag.RULE_BROKEN: 2.0,
    Flag.LONG_SILENCE: 1.0,
    Flag.LOW_CONFIDENCE: 1.0,
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A ticket in the queue. ``screened`` is what the rules alone give it."""

    ticket: Ticket
    flags: frozenset[Flag]
    screened: Result
    samples: frozenset[Sample] = field(default_factory=frozenset)
    same: bool | None = None
    """Behind a question's agreement: whether all gave it one answer, as far as one may know."""

    @property
    def unit(self) -> str:
        """The unit that leads."""
        return self.ticket.content.units[0].name if self.ticket.content.units else ""

    @property
    def risk(self) -> float:
        """How likely something is wrong."""
        return sum(WEIGHT[flag] for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the queue shows; empty = everything. ``category`` is the beginning of a code."""

    sample: Sample = Sample.SCREENING
    seat: str = ""
    unit: str = ""
    category: str = ""
    flag: Flag | None = None

    def keeps(self, row: QueueRow) -> bool:
        """Whether a row is shown."""
        content = row.ticket.content
        code = content.category.code if content.category else ""
        return (
            self.sample in row.samples
            and (not self.seat or row.ticket.seat == self.seat)
            and (not self.unit or row.unit == self.unit)
            and code.startswith(self.category)
            and (self.flag is None or self.flag in row.flags)
        )


def screen(
    ticket: Ticket, transcript: Transcript, rubric: Rubric, known: Iterable[Flag] = ()
) -> QueueRow:
    """What the rules see in one ticket; ``known`` = flags that only the centre knows of."""
    evaluation = evaluate(rubric, transcript, ticket.content)
    flags = set(known)
    spoken = sorted(transcript, key=lambda said: said.start)
    ends = [0.0]
    for said in spoken:
        if ends[-1] and said.start - ends[-1] > LONG_SILENCE_S:
            flags.add(Flag.LONG_SILENCE)
        ends.append(max(ends[-1], said.end))
    sure = [said.confidence for said in spoken if said.confidence is not None]
    if sure and sum(sure) / len(sure) < LOW_CONFIDENCE:
        flags.add(Flag.LOW_CONFIDENCE)
    if ticket.content.risks:
        flags.add(Flag.RISK_WORDS)
    broken = [
        question
        for question in rubric.questions()
        if question.rule is not None
        and evaluation.applies(question)
        and (given := evaluation.current(question.id)) is not None
        and given.value == 0
    ]
    if broken:
        flags.add(Flag.RULE_BROKEN)
    return QueueRow(ticket, frozenset(flags), evaluation.result())


def draw(rows: Sequence[QueueRow], share: float, seed: int) -> tuple[QueueRow, ...]:
    """The rows with the samples they are in. ``share`` of all, at least one, are the random sample;
    the same seed and tickets give the same sample, in whatever order they come."""
    ordered = sorted(rows, key=lambda row: row.ticket.id)
    count = min(len(ordered), max(1, round(share * len(ordered)))) if ordered else 0
    by_chance = {row.ticket.id for row in random.Random(seed).sample(ordered, count)}
    risky = sorted((row for row in ordered if row.risk), key=lambda row: (-row.risk, row.ticket.id))
    at_risk = {row.ticket.id for row in risky[: -(-len(ordered) // RISK_SHARE)]}
    return tuple(
        QueueRow(
            row.ticket,
            row.flags,
            row.screened,
            frozenset(
                {Sample.SCREENING}
                | ({Sample.RANDOM} if row.ticket.id in by_chance else set())
                | ({Sample.RISK} if row.ticket.id in at_risk else set())
            ),
        )
        for row in rows
    )
