"""Amending a submitted ticket at two places at once: field by field, nothing lost.

Values are JSON values (``app/domain/codec.py``) under the names of ``FIELDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.codec import Json, content_to_json, field_from_json
from app.domain.ticket import TicketContent

AMENDABLE = (
    *("type", "subject", "summary", "district", "street", "place", "category", "limit_hours"),
    *("caller.name", "caller.phone", "caller.confidential"),
    *("event_time", "people", "amounts", "parties", "repeat", "wish", "risks"),
)
"""What may be put right later. Facts of the call stay as they were: when, by whom, where it was
recorded, what proves a value, which articles were quoted. Handling and units have their own steps."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed a field: ``kept`` is in force, ``other`` is what the other side wanted."""

    kept: Any
    other: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """``changed`` = new values by field; ``conflicts`` by field, whichever side was kept."""

    changed: Mapping[str, Any]
    conflicts: Mapping[str, Conflict]


def get_value(content: Json, name: str) -> Any:
    """The value of a field in a ticket's content."""
    head, _, rest = name.partition(".")
    return (content.get(head) or {}).get(rest) if rest else content.get(head)


def with_values(content: Json, values: Mapping[str, Any]) -> Json:
    """The content with other values; what else stands in it stays."""
    changed = dict(content)
    for name, value in values.items():
        head, _, rest = name.partition(".")
        changed[head] = {**(changed.get(head) or {}), rest: value} if rest else value
    return changed


def check_values(values: Mapping[str, Any]) -> None:
    """Raises ``ValueError`` unless all are amendable fields with values that they may have."""
    for name, value in values.items():
        if name not in AMENDABLE:
            raise ValueError(name)
        field_from_json(name, value)


def difference(before: TicketContent, after: TicketContent) -> tuple[Json, Json]:
    """The amendable fields that differ: their values before and after."""
    one, two = content_to_json(before), content_to_json(after)
    names = [name for name in AMENDABLE if get_value(one, name) != get_value(two, name)]
    return {n: get_value(one, n) for n in names}, {n: get_value(two, n) for n in names}


def merge(
    current: Json, base: Mapping[str, Any], wanted: Mapping[str, Any], later: Callable[[str], bool]
) -> Merged:
    """Three-way merge of ``wanted``, which was made looking at ``base``, into ``current``.

    Where both sides changed a field, the wanted value counts if it is ``later(field)``.
    """
    changed, conflicts = dict[str, Any](), dict[str, Conflict]()
    for name, mine in wanted.items():
        theirs = get_value(current, name)
        if mine in (theirs, base.get(name)):
            continue
        if theirs == base.get(name):
            changed[name] = mine
        elif later(name):
            changed[name] = mine
            conflicts[name] = Conflict(kept=mine, other=theirs)
        else:
            conflicts[name] = Conflict(kept=theirs, other=mine)
    return Merged(changed, conflicts)
