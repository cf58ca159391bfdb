"""House numbers beside a place: 酒后院 after 古城南路 is 九号院, 三单圆 is 三单元."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from resources.pinyin import syllables
from resources.places import PlaceKind
from speech.repair.mentions import PlaceMention
from speech.repair.syllables import cost
from speech.repair.trail import Change

_NUMERALS = dict(
    zip(
        ("yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu", "shi"),
        "一二三四五六七八九十",
        strict=True,
    )
)
_NUMERAL = re.compile(r"[一二三四五六七八九十百零两0-9]+")
_ENDINGS = {"号楼": ("hao", "lou"), "号院": ("hao", "yuan"), "单元": ("dan", "yuan")}
_CLOSE = 0.13
_LOCAL = frozenset(PlaceKind) - {PlaceKind.DISTRICT, PlaceKind.STREET}


def changes(text: str, places: Iterable[PlaceMention]) -> Iterator[Change]:
    """Misheard numerals and kind-words that follow a named place, up to two pairs (楼, 单元)."""
    for place in places:
        at = place.end
        if place.kind not in _LOCAL:
            continue
        for _ in range(2):
            found = _number(text, at)
            ending = found and _ending(text, found[0])
            if not found or not ending:
                break
            kind, last = ending
            right = found[1] + kind
            if text[at:last] != right:
                yield Change(at, last, right, 0.8)
            at = last


def _number(text: str, at: int) -> tuple[int, str] | None:
    """End and right spelling of the numeral at ``at``, by its characters or its sound."""
    at += len(text[at:]) - len(text[at:].lstrip(" ，"))
    if written := _NUMERAL.match(text, at):
        return written.end(), written.group()
    sound = syllables(text[at : at + 1])
    numeral = _NUMERALS.get(sound[0]) if sound else None
    return (at + 1, numeral) if numeral else None


def _ending(text: str, at: int) -> tuple[str, int] | None:
    """The kind-word that stands or sounds at ``at``, and its end."""
    sounds = syllables(text[at : at + 2])
    if len(sounds) < 2:
        return None
    for kind, right in _ENDINGS.items():
        total = cost(sounds[0], right[0]) + cost(sounds[1], right[1])
        if total / 2 <= _CLOSE:
            return kind, at + 2
    return None
