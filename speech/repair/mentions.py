"""Places said in a text, and what a call has said about places so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from resources.places import PlaceKind


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named in ``text[start:end]``.

    ``name`` is its right spelling as it was said (``黄村镇``, ``望京``). ``street`` is the official
    name of the street-level body; of twins (``黄村地区`` = ``黄村镇``) the one that was said.
    ``district`` is ``None`` where the name lies in several and nothing said decides; ``districts``
    always lists all that fit. ``confidence`` runs from 0 to 1; 1 = written exactly so.
    """

    start: int
    end: int
    kind: PlaceKind
    district: str | None
    street: str | None
    name: str
    confidence: float
    districts: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlaceContext:
    """Districts and streets of a call so far, each with its evidence (1 = one sure mention)."""

    districts: Mapping[str, float] = field(default_factory=dict)
    streets: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(district, street) → evidence."""
    asked: bool = False
    """The operator has just asked where it is."""

    def heard(self, mentions: Iterable[PlaceMention], weight: float = 1.0) -> PlaceContext:
        """The context after these mentions; ``weight`` > 1 for an operator's read-back."""
        districts, streets = dict(self.districts), dict(self.streets)
        for mention in mentions:
            if mention.district is None:
                continue
            gain = weight * mention.confidence
            districts[mention.district] = districts.get(mention.district, 0.0) + gain
            if mention.street is not None:
                key = (mention.district, mention.street)
                # callers name a road or estate across the border more often than a wrong street office
                share = 1.0 if mention.kind is PlaceKind.STREET else 0.4
                streets[key] = streets.get(key, 0.0) + gain * share
        return PlaceContext(districts, streets, self.asked)

    def decided(self, district: str, street: str | None) -> PlaceContext:
        """The context for somebody who knows where it is; nothing heard outweighs that."""
        most = 1.0 + sum(self.districts.values())
        streets = dict(self.streets)
        if street is not None:
            streets[district, street] = most
        return PlaceContext({**self.districts, district: most}, streets, self.asked)
