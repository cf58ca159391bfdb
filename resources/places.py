"""The gazetteer: districts 区, street-level bodies 街道/乡/镇/地区 and named places of one city.

Codes and names of districts, streets and communities: National Bureau of Statistics, 2023 (see
NOTICE). Short and former names and the well-known places are this project's own list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import TypeVar

from resources.loader import read_csv

STREET_ENDINGS = ("街道", "地区", "乡", "镇")


class PlaceKind(StrEnum):
    """What a name names; ``community`` is a neighbourhood with a committee 居委会."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    NEIGHBOURHOOD = "neighbourhood"
    VILLAGE = "village"
    ROAD = "road"
    STATION = "station"
    HOSPITAL = "hospital"
    LANDMARK = "landmark"


@dataclass(frozen=True, slots=True)
class District:
    """A district 区 with its 6-digit national code."""

    code: str
    name: str

    @property
    def short(self) -> str:
        """The name as people say it, without 区: ``朝阳``."""
        return self.name.removesuffix("区")


@dataclass(frozen=True, slots=True)
class Street:
    """A street office 街道, township 乡, town 镇 or area 地区 with its 9-digit national code."""

    code: str
    name: str
    district: str

    @property
    def stem(self) -> str:
        """The name without its kind: ``望京`` of ``望京街道``."""
        for ending in STREET_ENDINGS:
            if self.name.endswith(ending) and len(self.name) > len(ending) + 1:
                return self.name.removesuffix(ending)
        return self.name

    @property
    def twins(self) -> tuple[str, ...]:
        """Other official names of the same body: an area 地区 is also a town 镇 or a township 乡."""
        return (self.stem + "镇", self.stem + "乡") if self.name.endswith("地区") else ()


@dataclass(frozen=True, slots=True)
class Place:
    """A neighbourhood, village, road, station, hospital or landmark.

    ``street`` is the name of the street-level body it lies in, if it lies in one; ``districts``
    are all districts it lies or runs in.
    """

    name: str
    kind: PlaceKind
    street: str | None
    districts: tuple[str, ...]


_T = TypeVar("_T")


def _grouped(pairs: Iterable[tuple[str, _T]]) -> dict[str, tuple[_T, ...]]:
    groups: dict[str, dict[_T, None]] = {}
    for key, value in pairs:
        groups.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in groups.items()}


@dataclass(frozen=True)
class Gazetteer:
    """All places of one city, with the look-ups that need no guessing.

    ``aliases`` maps a short or former name to the official names it may mean.
    """

    districts: tuple[District, ...]
    streets: tuple[Street, ...]
    streets_of: Mapping[str, tuple[Street, ...]]
    """District name → its streets."""
    places: tuple[Place, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _districts_by_name(self) -> dict[str, District]:
        return {
            name: district for district in self.districts for name in (district.short, district.name)
        }

    @cached_property
    def _streets_by_name(self) -> dict[str, tuple[Street, ...]]:
        return _grouped((street.name, street) for street in self.streets)

    @cached_property
    def street_names(self) -> Mapping[str, tuple[Street, ...]]:
        """Every name a street-level body is called by (official, twin, alias, stem) → the bodies.

        An official name hides a twin or stem of the same spelling: ``望京`` may be a stem, but
        ``八里庄街道`` is only the two street offices of that name.
        """
        pairs: list[tuple[str, Street]] = [(street.name, street) for street in self.streets]
        official = set(self._streets_by_name)
        for street in self.streets:
            pairs += [(name, street) for name in (*street.twins, street.stem) if name not in official]
        for alias, names in self.aliases.items():
            pairs += [
                (alias, street) for name in names for street in self._streets_by_name.get(name, ())
            ]
        return _grouped(pairs)

    @cached_property
    def place_names(self) -> Mapping[str, tuple[Place, ...]]:
        """Every name of a place (official or alias) → the places."""
        by_name = _grouped((place.name, place) for place in self.places)
        pairs = [(place.name, place) for place in self.places]
        for alias, names in self.aliases.items():
            pairs += [(alias, place) for name in names for place in by_name.get(name, ())]
        return _grouped(pairs)

    def district(self, name: str) -> District | None:
        """The district called ``朝阳区`` or ``朝阳``."""
        return self._districts_by_name.get(name)

    def streets_named(self, name: str, district: str | None = None) -> tuple[Street, ...]:
        """The street-level bodies called ``name`` (also by twin, short or former name)."""
        found = self.street_names.get(name, ())
        return tuple(street for street in found if district in (None, street.district))

    def places_named(self, name: str, district: str | None = None) -> tuple[Place, ...]:
        """The named places called ``name``, in ``district`` if one is given."""
        found = self.place_names.get(name, ())
        return tuple(place for place in found if district is None or district in place.districts)

    def districts_of(self, name: str) -> tuple[str, ...]:
        """The districts in which a district, street or place of this name lies."""
        if own := self.district(name):
            return (own.name,)
        found = [street.district for street in self.streets_named(name)]
        found += [district for place in self.places_named(name) for district in place.districts]
        return tuple(dict.fromkeys(found))

    def with_places(self, places: Iterable[Place]) -> Gazetteer:
        """This gazetteer and a centre's own places."""
        return replace(self, places=tuple(dict.fromkeys((*self.places, *places))))


def build_gazetteer(
    rows: Iterable[Mapping[str, str]],
    places: Iterable[Place] = (),
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> Gazetteer:
    """A gazetteer from rows with ``district_code, district, street_code, street``."""
    rows = list(rows)
    districts = {row["district_code"]: District(row["district_code"], row["district"]) for row in rows}
    streets = tuple(Street(row["street_code"], row["street"], row["district"]) for row in rows)
    return Gazetteer(
        districts=tuple(districts.values()),
        streets=streets,
        streets_of=_grouped((street.district, street) for street in streets),
        places=tuple(dict.fromkeys(places)),
        aliases=aliases or {},
    )


def _bundled_places(streets: Iterable[Mapping[str, str]]) -> Iterable[Place]:
    by_code = {row["street_code"]: row for row in streets}
    for row in read_csv("gazetteer", "places.csv"):
        yield Place(
            row["name"],
            PlaceKind(row["kind"]),
            row["street"] or None,
            tuple(row["district"].split(";")),
        )
    for row in read_csv("gazetteer", "communities.csv"):
        street = by_code[row["street_code"]]
        kind = PlaceKind.VILLAGE if row["name"].endswith("村") else PlaceKind.COMMUNITY
        yield Place(row["name"], kind, street["street"], (street["district"],))


@cache
def bundled_gazetteer() -> Gazetteer:
    """The gazetteer that ships with the product."""
    rows = read_csv("gazetteer", "streets.csv")
    aliases = {
        row["alias"]: tuple(row["names"].split(";")) for row in read_csv("gazetteer", "aliases.csv")
    }
    return build_gazetteer(rows, _bundled_places(rows), aliases)
