"""The caller of a drill: what is said when, decided by what the trainee asks.

No clock and no threads: the drill tells it the operator's words, it answers with the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.training.scenario import Fact, Scenario
from app.training.topics import TopicKind, topics, topics_in

UNKNOWN = "这个我不太清楚。"
NOISE = "……喂？……听不清……"
AGAIN = "我刚才说了，"


@dataclass(frozen=True, slots=True)
class CallerLine:
    """Words of the caller. ``fact`` is what they tell; ``true`` is False for a wrong statement."""

    words: str
    fact: str | None = None
    true: bool = True


class Told(Protocol):
    """Something the caller said earlier."""

    @property
    def fact(self) -> str | None:
        """What it told."""

    @property
    def true(self) -> bool:
        """Whether it was right."""


class Conversation:
    """What the caller of a scenario has told so far."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._told: set[str] = set()
        self._misled: set[str] = set()
        self._noise = False

    @property
    def told(self) -> frozenset[str]:
        """Ids of the facts that are out, truly."""
        return frozenset(self._told)

    def open(self) -> tuple[CallerLine, ...]:
        """The caller's first words."""
        return (CallerLine(self._scenario.opening), *self._unasked())

    def remember(self, told: Iterable[Told]) -> None:
        """Go on where an earlier talk stood: these facts were told, truly or wrongly."""
        for one in told:
            (self._told if one.true else self._misled).add(one.fact or "")

    def disturb(self) -> None:
        """The caller's next line is lost in noise; what it told must be asked for again."""
        self._noise = True

    def hear(self, words: str) -> tuple[CallerLine, ...]:
        """What the caller answers to the operator's words; empty when nothing was asked."""
        asked = set(topics_in(words))
        questions = {name for name in asked if topics()[name].kind is TopicKind.QUESTION}
        fits = [fact for fact in self._scenario.facts if _asks(fact, questions, words)]
        if "confirm" in questions:
            fits += [f for f in self._scenario.facts if f.id in self._misled and f not in fits]
        lines = [self.tell(fact) for fact in fits if fact.id not in self._told]
        if not lines and fits:
            lines = [CallerLine(AGAIN + fits[0].says, fits[0].id)]
        if not lines and questions - {"confirm"}:
            lines = [CallerLine(UNKNOWN)]
        return (*lines, *self._unasked())

    def release(self, name: str) -> tuple[CallerLine, ...]:
        """The trainer lets the caller say a fact."""
        return (
            *(self.tell(fact) for fact in self._scenario.facts if fact.id == name),
            *self._unasked(),
        )

    def tell(self, fact: Fact) -> CallerLine:
        """The caller's words for a fact: lost in noise, wrong at first, or the truth."""
        if self._noise:
            self._noise = False
            return CallerLine(NOISE)
        if fact.wrong_first and fact.id not in self._misled:
            self._misled.add(fact.id)
            return CallerLine(fact.wrong_first, fact.id, true=False)
        self._told.add(fact.id)
        return CallerLine(fact.says, fact.id)

    def _unasked(self) -> Iterator[CallerLine]:
        for fact in self._scenario.facts:
            if not fact.withheld and fact.id not in self._told and self._told.issuperset(fact.after):
                yield self.tell(fact)


def _asks(fact: Fact, questions: set[str], words: str) -> bool:
    return bool(questions.intersection(fact.topics)) or any(
        re.search(one, words) for one in fact.asked_by
    )
