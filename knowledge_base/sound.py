"""How text sounds: pinyin syllables without tones, and what a pinyin keyboard makes of them.

Only the most common reading of a character counts, on both sides, so that homophones always meet.
Sounds that recognisers and speakers confuse (zh/z, ch/c, sh/s, ing/in, eng/en) are one sound.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

_RETROFLEX = re.compile(r"^([zcs])h")
_NASAL = re.compile(r"([ie]n)g$")


def folded(syllable: str) -> str:
    """A syllable with the sounds that are easily confused made one: ``zheng`` → ``zen``."""
    return _NASAL.sub(r"\1", _RETROFLEX.sub(r"\1", syllable))


@cache
def readings() -> dict[int, str]:
    """Code point → its most common syllable without tone (ü as ``v``)."""
    from pypinyin.pinyin_dict import pinyin_dict

    table: dict[int, str] = {}
    for code, spoken in pinyin_dict.items():
        if 0x3400 <= code <= 0x9FFF:
            first = unicodedata.normalize("NFD", spoken.split(",")[0].replace("ü", "v"))
            plain = "".join(mark for mark in first if mark.isascii() and mark.isalpha())
            if plain:
                table[code] = plain
    return table


@cache
def syllables() -> frozenset[str]:
    """Every syllable that some character is read as."""
    return frozenset(readings().values())


def sounds(text: str) -> list[str | None]:
    """The folded syllable of each character, ``None`` where it has none."""
    table = readings()
    return [folded(table[ord(c)]) if ord(c) in table else None for c in text]


def pairs(spoken: list[str | None]) -> list[str]:
    """Neighbouring syllables as index terms: ``["ju", "zu", "zen"]`` → ``["ju zu", "zu zen"]``."""
    return [f"{a} {b}" for a, b in pairwise(spoken) if a and b]


def spelled(letters: str) -> list[str] | None:
    """Letters typed as pinyin, cut into syllables (fewest first); ``None`` if they are not pinyin.

    ``juzhuzheng`` → ``["ju", "zhu", "zheng"]``. Time grows with the length of the letters only.
    """
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and letters[start:end] in syllables():
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, letters[start:end]]
    return best[len(letters)]


def initials(letters: str) -> list[str]:
    """Typed initials as index terms: ``jzz`` → ``["jzz"]``, ``jzzb`` → ``["jzz", "zzb"]``."""
    if len(letters) < 3:
        return [letters] if len(letters) == 2 else []
    return [letters[i : i + 3] for i in range(len(letters) - 2)]
