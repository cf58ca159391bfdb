"""A district and what stands right behind it, heard as one name: 睡一空感觉到 is 顺义空港街道.

Misheard badly enough, neither is believed on its own: a district of two syllables sounds like many
words, and words of the talk explain a street. Together they have five syllables and more, and among
all districts with their streets hardly an ordinary sentence sounds like one (docs/adr/0130).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from resources.places import PlaceKind
from speech.repair.evidence import NEVER
from speech.repair.sounds import DROPPED, SoundIndex, Syllable, heard_syllables
from speech.repair.spellings import Spelling, name_sounds
from speech.repair.syllables import cost

_SHORTEST_STREET = 3
_LIMITS = {5: 0.14, 6: 0.14, 7: 0.16}
_LONG_LIMIT = 0.18
"""Cost per syllable of a whole name, by its length; long ones may lack a syllable."""
_LONG = 7
_PART_LIMIT = 0.3
_INSTITUTION = re.compile(r"(?:人民)?(?:法院|检察院)|公安分局")
"""Bodies that every district has one of, and that are called by its short name: 海淀法院."""
_INSTITUTION_LIMIT = 0.22


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a joint name: spelling number ``name`` at ``text[start:end]``."""

    name: int
    start: int
    end: int
    cost: float
    """Of the whole joint name, per syllable, as a share of what it may cost (0 to 1)."""


class JointNames:
    """All pairs of a district and one of its streets; immutable after construction."""

    def __init__(self, spellings: Sequence[Spelling]) -> None:
        self._spellings = spellings
        districts: dict[str, list[int]] = {}
        for number, spelling in enumerate(spellings):
            if spelling.kind is PlaceKind.DISTRICT:
                districts.setdefault(spelling.districts[0], []).append(number)
        self._pairs = [
            (district, number)
            for number, spelling in enumerate(spellings)
            if spelling.kind is PlaceKind.STREET and len(spelling.text) >= _SHORTEST_STREET
            for home in spelling.districts
            for district in districts.get(home, ())
        ]
        self._shorts = [n for numbers in districts.values() for n in numbers if spellings[n].weak]
        names = [self._sounds(one) + self._sounds(other) for one, other in self._pairs]
        self._index = SoundIndex(names)
        self._limits = np.array([_LIMITS.get(len(name), _LONG_LIMIT) for name in names])
        long = np.array([len(name) >= _LONG for name in names])
        self._lacking = np.where(long, self._limits, NEVER)

    def find(self, text: str, heard: Sequence[Syllable]) -> Iterator[tuple[Part, ...]]:
        """The joint names that ``text`` sounds like; districts before a court are found alone."""
        whole = self._index.search(heard, self._limits, extras=(0,))
        lacking = self._index.search(heard, self._lacking, extras=(-1,))
        for match in chain(whole, lacking):
            said = heard[match.start : match.end]
            if parts := self._split(said, *self._pairs[match.name]):
                share = match.cost / float(self._limits[match.name])
                yield tuple(Part(name, start, end, share) for name, start, end in parts)
        for court in _INSTITUTION.finditer(text):
            yield from self._before(text, court.start())

    def _sounds(self, number: int) -> tuple[str, ...]:
        return name_sounds(self._spellings[number].text)

    def _split(
        self, said: Sequence[Syllable], district: int, street: int
    ) -> tuple[tuple[int, int, int], ...]:
        """District and street with their stretches of text; nothing where one alone sounds unlike."""
        length = len(self._sounds(district))
        missing = length + len(self._sounds(street)) - len(said)
        ways = []
        for border in range(length - missing, length + 1):
            costs = [
                _distance(said[:border], self._sounds(district)),
                _distance(said[border:], self._sounds(street)),
            ]
            if max(costs) <= _PART_LIMIT:
                ways.append((sum(costs), border))
        if not ways:
            return ()
        _, border = min(ways)
        begin, middle, end = said[0].start, said[border - 1].end, said[-1].end
        return (district, begin, middle), (street, said[border].start, end)

    def _before(self, text: str, end: int) -> Iterator[tuple[Part, ...]]:
        for number in self._shorts:
            begin = end - len(self._spellings[number].text)
            said = heard_syllables(text[max(0, begin) : end])
            far = _distance(said, self._sounds(number))
            if begin >= 0 and far <= _INSTITUTION_LIMIT:
                yield (Part(number, begin, end, far / _INSTITUTION_LIMIT),)


def _distance(heard: Sequence[Syllable], name: tuple[str, ...]) -> float:
    """Cost per syllable of the name; one of them, but not its kind, may not have been heard."""
    if len(heard) == len(name):
        return sum(map(_apart, heard, name)) / len(name)
    if len(heard) != len(name) - 1:
        return 1.0
    lacking = (sum(map(_apart, heard, name[:at] + name[at + 1 :])) for at in range(len(name) - 1))
    return (min(lacking) + DROPPED) / len(name)


def _apart(heard: Syllable, name: str) -> float:
    return min(cost(sound, name) for sound in (heard.sound, heard.other or heard.sound))
