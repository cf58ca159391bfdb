"""Every way the gazetteer's places are said, ready to be looked for in text and in sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from resources.loader import read_csv
from resources.pinyin import syllables
from resources.places import STREET_ENDINGS, Gazetteer, PlaceKind, Street

_GENERIC = re.compile(r"[东西南北中前后上下左右内外新老大小一二三四五六七八九十里区村街巷园路院]+")
_KIND_WORD = re.compile(r"(地铁站|街道|地区|小区|社区|大街|胡同|[区乡镇村路街里苑园站])$")
# Readings in names of the city that differ from the usual ones.
_NAME_READINGS = {"长子营": "zhang zi ying", "大栅栏": "da shi lan", "十里堡": "shi li pu"}
_CHARACTER_READINGS = {"长": "chang", "堡": "pu", "臧": "zang", "乐": "le", "看": "kan", "栅": "zha"}


def name_sounds(name: str) -> tuple[str, ...]:
    """The syllables of a place's name as people of the city say it."""
    known = _readings().get(name)
    return tuple(known.split()) if known else read_out(name)


@cache
def _readings() -> dict[str, str]:
    """The bundled names' syllables: reading ten thousand names out takes a second, this does not."""
    return {row["name"]: row["syllables"] for row in read_csv("gazetteer", "readings.csv")}


def read_out(name: str) -> tuple[str, ...]:
    """The syllables of a name, from the characters."""
    sounds = list(syllables(name))
    for at, char in enumerate(name):
        sounds[at] = _CHARACTER_READINGS.get(char, sounds[at])
    for special, reading in _NAME_READINGS.items():
        if (at := name.find(special)) >= 0:
            sounds[at : at + len(special)] = reading.split()
    return tuple(sounds)


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

    @property
    def stem_length(self) -> int:
        """Characters before the kind-word: 2 in 望京街道."""
        found = _KIND_WORD.search(self.text)
        return found.start() if found and found.start() else len(self.text)


def _street_target(said: str, street: Street) -> tuple[str, str]:
    """The body under the official name that was said (a twin stays the twin)."""
    return street.district, said if said in street.twins else street.name


def spellings_of(gazetteer: Gazetteer) -> Iterator[Spelling]:
    """All spellings of districts, streets and places; generic fragments (东里, 一区) are left out."""
    for district in gazetteer.districts:
        yield Spelling(district.name, PlaceKind.DISTRICT, ((district.name, None),), weak=False)
        yield Spelling(district.short, PlaceKind.DISTRICT, ((district.name, None),), weak=True)
    for name, streets in gazetteer.street_names.items():
        weak = len(name) == 2 or (len(name) < 5 and not name.endswith(STREET_ENDINGS))
        targets = tuple(_street_target(name, street) for street in streets)
        yield Spelling(name, PlaceKind.STREET, targets, weak)
    for name, places in gazetteer.place_names.items():
        if gazetteer.district(name) or name in gazetteer.street_names:
            continue
        if len(name) < 2 or (len(name) < 4 and _GENERIC.fullmatch(name)):
            continue
        pairs = ((district, place.street) for place in places for district in place.districts)
        homes = tuple(dict.fromkeys(pairs))
        yield Spelling(name, places[0].kind, homes, weak=len(name) == 2)
        if places[0].kind is PlaceKind.STATION and name.endswith("站"):
            spoken = name.removesuffix("站") + "地铁站"
            yield Spelling(spoken, places[0].kind, homes, weak=False)
