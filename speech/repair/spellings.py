"""Every way the gazetteer's places are said, ready to be looked for in text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from resources.places import Gazetteer, PlaceKind, Street

_GENERIC = re.compile(r"[东西南北中前后上下左右内外新老大小一二三四五六七八九十里区村街巷园路院]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of a name and the (district, street) pairs it may lie in.

    ``weak`` = too short or too plain to be believed without other evidence: stems such as 北苑, names
    of two characters, and bare district names.
    """

    text: str
    kind: PlaceKind
    targets: tuple[tuple[str, str | None], ...]
    weak: bool

    @property
    def districts(self) -> tuple[str, ...]:
        """All districts the name may lie in."""
        return tuple(dict.fromkeys(district for district, _ in self.targets))


def _street_target(said: str, street: Street) -> tuple[str, str]:
    """The body under the official name that was said (a twin stays the twin)."""
    return street.district, said if said in street.twins else street.name


def spellings_of(gazetteer: Gazetteer) -> Iterator[Spelling]:
    """All spellings of districts, streets and places; generic fragments (东里, 一区) are left out."""
    for district in gazetteer.districts:
        yield Spelling(district.name, PlaceKind.DISTRICT, ((district.name, None),), weak=False)
        yield Spelling(district.short, PlaceKind.DISTRICT, ((district.name, None),), weak=True)
    for name, streets in gazetteer.street_names.items():
        weak = len(name) == 2 or all(name == street.stem != street.name for street in streets)
        targets = tuple(_street_target(name, street) for street in streets)
        yield Spelling(name, PlaceKind.STREET, targets, weak)
    for name, places in gazetteer.place_names.items():
        if name in gazetteer.street_names or (len(name) < 4 and _GENERIC.fullmatch(name)):
            continue
        pairs = ((district, place.street) for place in places for district in place.districts)
        yield Spelling(name, places[0].kind, tuple(dict.fromkeys(pairs)), weak=len(name) == 2)
