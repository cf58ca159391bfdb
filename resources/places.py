"""The gazetteer: districts 区 and street-level bodies 街道/乡/镇/地区 of the city.

Source of names and codes: National Bureau of Statistics, 2023 (see NOTICE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from resources.loader import read_csv

_ENDINGS = ("街道", "地区", "乡", "镇")


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
        for ending in _ENDINGS:
            if self.name.endswith(ending) and len(self.name) > len(ending) + 1:
                return self.name.removesuffix(ending)
        return self.name


@dataclass(frozen=True)
class Gazetteer:
    """All places of one city, with the look-ups that need no guessing."""

    districts: tuple[District, ...]
    streets: tuple[Street, ...]
    streets_of: Mapping[str, tuple[Street, ...]]
    """District name → its streets."""


def build_gazetteer(rows: list[dict[str, str]]) -> Gazetteer:
    """A gazetteer from rows with ``district_code, district, street_code, street``."""
    districts = {row["district_code"]: District(row["district_code"], row["district"]) for row in rows}
    streets = tuple(Street(row["street_code"], row["street"], row["district"]) for row in rows)
    by_district: dict[str, list[Street]] = {}
    for street in streets:
        by_district.setdefault(street.district, []).append(street)
    return Gazetteer(
        districts=tuple(districts.values()),
        streets=streets,
        streets_of={name: tuple(group) for name, group in by_district.items()},
    )


@cache
def bundled_gazetteer() -> Gazetteer:
    """The gazetteer that ships with the product."""
    return build_gazetteer(read_csv("gazetteer", "streets.csv"))
