"""The centre's rules for a ticket's life, out of ``resources/life/rules.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from resources.loader import read_yaml


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Which callbacks count in the three rates, and what counts as satisfied."""

    types_left_out: frozenset[str]
    left_out_when: frozenset[str]
    callback: str
    satisfied: frozenset[str]


@dataclass(frozen=True, slots=True)
class LifeRules:
    """See the comments in the file."""

    remind_at_share: float
    escalate_after_hours: tuple[float, ...]
    unsolved_goes_back: int
    unsolved_days: int
    extension_at_most_days: int
    callback_attempts: int
    evaluation: Evaluation


@cache
def bundled_rules() -> LifeRules:
    """The rules that come with the program."""
    table = read_yaml("life", "rules.yaml")
    scope = table["evaluation"]
    return LifeRules(
        remind_at_share=float(table["remind_at_share"]),
        escalate_after_hours=tuple(float(hours) for hours in table["escalate_after_hours"]),
        unsolved_goes_back=int(table["unsolved_goes_back"]),
        unsolved_days=int(table["unsolved_days"]),
        extension_at_most_days=int(table["extension_at_most_days"]),
        callback_attempts=int(table["callback_attempts"]),
        evaluation=Evaluation(
            frozenset(scope["types_left_out"]),
            frozenset(scope["left_out_when"]),
            str(scope["callback"]),
            frozenset(scope["satisfied"]),
        ),
    )
