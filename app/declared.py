"""Values declared once, with their limits, and checked without a library the window would wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, NamedTuple

_RULE = "rule"


class Rule(NamedTuple):
    """What a value may be. Numbers lie between ``least`` and ``most``, texts have such a length.

    For whoever changes it: the ``section`` it stands in (empty = nobody does by hand), its ``unit``,
    from when on it ``holds`` (``now``, next ``call``, next ``start``), what the machine ``offers``.
    """

    kind: type
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    section: str = ""
    unit: str = ""
    holds: str = "now"
    offers: str = ""

    def problem(self, value: object) -> str:
        """What is wrong with a value; empty = nothing."""
        kinds: tuple[type, ...] = (int, float) if self.kind is float else (self.kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and self.kind is not bool):
            return self.kind.__name__
        if self.choices and value not in self.choices:
            return " | ".join(self.choices)
        size = len(value) if isinstance(value, str) else value
        assert isinstance(size, int | float)
        low, high = self.least, self.most
        if (low is not None and not size >= low) or (high is not None and not size <= high):
            return f"{'' if low is None else low} … {'' if high is None else high}"
        return ""


def declared(
    default: Any,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
    section: str = "",
    unit: str = "",
    holds: str = "now",
    offers: str = "",
) -> Any:
    """A field of a dataclass whose value has a rule; its kind is that of the default."""
    rule = Rule(type(default), choices, least, most, section, unit, holds, offers)
    return field(default=default, metadata={_RULE: rule})


def rules(kind: type) -> dict[str, Rule]:
    """The rules of a dataclass's declared fields, in their order."""
    return {one.name: one.metadata[_RULE] for one in fields(kind) if _RULE in one.metadata}


def check(value: object) -> None:
    """Raise ``ValueError`` naming the first declared field that breaks its rule."""
    for name, rule in rules(type(value)).items():
        if problem := rule.problem(getattr(value, name)):
            raise ValueError(f"{name}: {problem}")


def known(kind: type, value: object) -> dict[str, Any]:
    """Those entries of a JSON object that are declared. Raises ``ValueError`` for no object."""
    if not isinstance(value, Mapping):
        raise ValueError("name: value")
    names = rules(kind)
    return {str(name): one for name, one in value.items() if name in names}
