"""What an operator asks or says during a call, recognised by readable rules.

The topics are data, ``resources/training/topics.yaml``: a *question* may release what the caller
knows, a *phrase* is owed to the caller. Scenarios, drills and rubrics name topics by id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from resources.loader import read_yaml


class TopicKind(StrEnum):
    """Whether a caller can answer it."""

    QUESTION = "question"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing an operator asks or says. ``fires`` and ``silent`` are its test sentences."""

    id: str
    kind: TopicKind
    names: Mapping[str, str]
    pattern: re.Pattern[str]
    fires: tuple[str, ...]
    silent: tuple[str, ...]

    def name(self, language: str) -> str:
        """What to call it on screen."""
        return self.names[language]


@cache
def topics() -> Mapping[str, Topic]:
    """All topics by id, in the order of the file."""
    return {
        name: Topic(
            id=name,
            kind=TopicKind(facts["kind"]),
            names={"zh": facts["zh"], "en": facts["en"]},
            pattern=re.compile("|".join(f"(?:{one})" for one in facts["says"])),
            fires=tuple(facts["fires"]),
            silent=tuple(facts["silent"]),
        )
        for name, facts in read_yaml("training", "topics.yaml").items()
    }


def topics_in(words: str) -> tuple[str, ...]:
    """Ids of the topics an operator's words touch, in the order in which they are said."""
    found = (
        (match.start(), name)
        for name, topic in topics().items()
        if (match := topic.pattern.search(words))
    )
    return tuple(name for _, name in sorted(found))
