"""What is asked and answered when a unit is sought: a case, and the votes of whoever has an opinion.

Every source of opinion (the rules, lessons, the memory of returns, a trained model) is a ``Voter``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.domain.ticket import Handling, RequestType, UnitRole

if TYPE_CHECKING:
    from app.dispatch.catalogue import CatalogueItem

_GROUP = ("群体", "聚集", "极端", "轻生", "暴力", "group", "extreme", "mass")


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about a request when its unit is sought. ``confidence`` is the item's."""

    item: CatalogueItem | None
    district: str | None = None
    street: str | None = None
    handling: Handling | None = None
    risks: tuple[str, ...] = ()
    text: str = ""
    type: RequestType | None = None
    confidence: float = 1.0
    emergency_line: str | None = None
    promised: str = ""
    """What the operator said about where the request goes."""

    @property
    def is_group(self) -> bool:
        """Whether police and local government must be told together (sudden, mass, extreme)."""
        told = any(sign in risk for risk in self.risks for sign in _GROUP)
        return told or self.handling is Handling.DUAL_DISPATCH


LAW = (Handling.EMERGENCY, Handling.OTHER_CHANNEL, Handling.DUAL_DISPATCH)
"""Handlings that the law decides: practice has no say in them."""


@dataclass(frozen=True, slots=True)
class LearntItem:
    """A catalogue item that past tickets speak for: how likely, why, and the words that decided."""

    item: CatalogueItem
    probability: float
    reason: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """One opinion: this unit in this role, how strongly (-1 against to 1 for), and why in words."""

    unit: str
    role: UnitRole
    weight: float
    reason: str


class Voter(Protocol):
    """A source of opinions about the unit of a case."""

    def votes(self, case: Case) -> Iterable[Vote]:
        """The opinions on a case, in any order; none when it has nothing to say."""
