"""The coach: what a trainee might do next, said plainly at first and less and less as they improve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from app.domain.call import Speaker
from app.training.attempts import Attempt
from app.training.live import Style
from app.training.record import DrillRecord
from app.training.topics import topics
from app.training.trainee import perfect_trainee

_RECENT = 3


class Help(IntEnum):
    """How much a hint gives away."""

    NONE = 0
    COUNT = 1
    NAME = 2
    WORDS = 3


@dataclass(frozen=True, slots=True)
class Hint:
    """What is left to say: its topic, model words if they may be shown, and how many are left."""

    help: Help
    topic: str
    words: str
    left: int


def help_for(attempts: Iterable[Attempt], trainee: str, level: int) -> Help:
    """How much help somebody gets at a level: full below 60 points, none from 90 on."""
    totals = [
        one.total
        for one in attempts
        if one.trainee == trainee
        and one.record.scenario.level >= level
        and one.style is not Style.PLAY_ALONG
    ][-_RECENT:]
    if not totals:
        return Help.WORDS
    mean = sum(totals) / len(totals)
    for below, amount in ((60, Help.WORDS), (75, Help.NAME), (90, Help.COUNT)):
        if mean < below:
            return amount
    return Help.NONE


def hint(record: DrillRecord, amount: Help) -> Hint | None:
    """The next thing the model operator would say that the trainee has not said."""
    if amount is Help.NONE:
        return None
    said = {t for one in record.said if one.speaker is Speaker.OPERATOR for t in one.topics}
    left = [
        (topic, words) for topic, words in _script(record) if topic not in said and topic in topics()
    ]
    if not left:
        return None
    topic, words = left[0]
    return Hint(amount, topic, words if amount is Help.WORDS else "", len(left))


def _script(record: DrillRecord) -> Sequence[tuple[str, str]]:
    """The topics that are owed, in the model operator's order, with the words for each."""
    expects = record.scenario.expects
    owed = {"greeting", *expects.questions, *expects.phrases}
    found: list[tuple[str, str]] = []
    for step in perfect_trainee(record.scenario):
        if step.say:
            for topic in owed:
                words = expects.words.get(topic) or topics()[topic].fires[0]
                if words == step.say and (topic, words) not in found:
                    found.append((topic, words))
    return found
