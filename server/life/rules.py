"""The centre's rules for a ticket's life: ``resources/life/rules.yaml`` and a file of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from resources.errors import UserError
from resources.loader import read_yaml

OWN_RULES = "JIESU_LIFE_RULES"
"""Names a file with the centre's own rules; what it does not name stays as bundled."""


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
    callback_pause_hours: float
    keep_tickets_days: int
    keep_recordings_days: int
    evaluation: Evaluation


@cache
def life_rules() -> LifeRules:
    """The rules in force: those that come with the program, with the centre's own over them.

    Raises ``UserError`` when the file named by ``JIESU_LIFE_RULES`` is none, or holds what is no rule.
    """
    table = read_yaml("life", "rules.yaml")
    own = os.environ.get(OWN_RULES)
    if own is None:
        return _from_table(table)
    try:
        chosen = yaml.safe_load(Path(own).read_text(encoding="utf-8")) or {}
        scope = chosen.get("evaluation") or {}
        unknown = [*(chosen.keys() - table.keys()), *(scope.keys() - table["evaluation"].keys())]
        if unknown:
            raise ValueError(", ".join(map(str, unknown)))
        return _from_table(table | chosen | {"evaluation": table["evaluation"] | scope})
    except (OSError, yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        raise UserError("SERVER_LIFE_RULES", path=own, detail=str(error).splitlines()[0]) from None


def _from_table(table: Mapping[str, Any]) -> LifeRules:
    scope = table["evaluation"]
    return LifeRules(
        remind_at_share=float(table["remind_at_share"]),
        escalate_after_hours=tuple(float(hours) for hours in table["escalate_after_hours"]),
        unsolved_goes_back=int(table["unsolved_goes_back"]),
        unsolved_days=int(table["unsolved_days"]),
        extension_at_most_days=int(table["extension_at_most_days"]),
        keep_tickets_days=int(table["keep_tickets_days"]),
        keep_recordings_days=int(table["keep_recordings_days"]),
        callback_attempts=int(table["callback_attempts"]),
        callback_pause_hours=float(table["callback_pause_hours"]),
        evaluation=Evaluation(
            frozenset(scope["types_left_out"]),
            frozenset(scope["left_out_when"]),
            str(scope["callback"]),
            frozenset(scope["satisfied"]),
        ),
    )
