"""A review 质检 of one call: answers by rule or by a reviewer, overrules with their reason, the score.

Every change returns a new evaluation; nothing that was once answered is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.call import Transcript
from app.domain.ticket import TicketContent
from app.review.rubric import Question, Rubric
from app.review.rules import answer
from resources.errors import UserError

RULE = "rule"
"""Who answered, where no person did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: 0 to 1, or ``None`` for not applicable. ``by`` is a name, or ``RULE``."""

    value: float | None
    by: str
    second: float | None = None
    quote: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The score of an evaluation. ``open`` are questions that still wait for a reviewer."""

    total: float
    sections: Mapping[str, float | None]
    knocked_out: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All answers to a rubric, each with those it replaced, the newest last."""

    rubric: Rubric
    ticket: TicketContent
    answers: Mapping[str, tuple[Answer, ...]]

    def current(self, question: str) -> Answer | None:
        """The answer that counts."""
        given = self.answers.get(question)
        return given[-1] if given else None

    def applies(self, question: Question) -> bool:
        """Whether a question is asked of this ticket and after the answers so far."""
        if question.handling and self.ticket.handling not in question.handling:
            return False
        if question.when is None:
            return True
        before = self.current(question.when.question)
        return before is not None and before.value == question.when.is_

    def give(self, name: str, value: float | None, by: str, reason: str = "") -> Evaluation:
        """A person answers. Raises ``UserError`` for a value off the scale, or an overrule without
        a reason."""
        question = next((one for one in self.rubric.questions() if one.id == name), None)
        steps = {step / question.top for step in range(question.top + 1)} if question else set()
        if question is None or (value is not None and value not in steps):
            raise UserError("REVIEW_ANSWER", question=name, value=value)
        before = self.current(name)
        if before is not None and not reason.strip():
            raise UserError("REVIEW_REASON", question=name)
        cited = (before.second, before.quote) if before else (None, "")
        fresh = Answer(value, by, *cited, reason=reason.strip())
        kept = (*self.answers.get(name, ()), fresh)
        return replace(self, answers={**self.answers, name: kept})

    def result(self) -> Result:
        """The score of 100 over what applies and is answered; N/A is shared out among the rest."""
        sections: dict[str, float | None] = {}
        earned = whole = 0.0
        waiting: list[str] = []
        out: list[str] = []
        for section in self.rubric.sections:
            got = of = 0.0
            for question in section.questions:
                if not self.applies(question):
                    continue
                given = self.current(question.id)
                if given is None:
                    waiting.append(question.id)
                elif given.value is not None:
                    got += question.weight * given.value
                    of += question.weight
                    if question.knockout and given.value == 0:
                        out.append(question.id)
            sections[section.id] = got / of if of else None
            if of:
                earned += section.weight * got / of
                whole += section.weight
        total = 100 * earned / whole if whole and not out else 0.0
        return Result(total, sections, tuple(out), tuple(waiting))


def evaluate(rubric: Rubric, transcript: Transcript, ticket: TicketContent) -> Evaluation:
    """An evaluation with every answer that rules can give; the rest waits for a reviewer."""
    answers: dict[str, tuple[Answer, ...]] = {}
    for question in rubric.questions():
        if question.rule is not None:
            found = answer(question.rule, transcript, ticket)
            answers[question.id] = (Answer(found.value, RULE, found.second, found.quote),)
    return Evaluation(rubric, ticket, answers)
