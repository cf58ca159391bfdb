"""How Chinese text becomes index terms: one normal form, words, character grams and sounds.

``normalise`` keeps the length of the text, so offsets found in the normal form hold in the original.
"""

from __future__ import annotations

import re
from functools import cache

import cn2an
import rjieba

from resources.loader import read_yaml

ANALYSER_VERSION = 1
"""Raise it whenever the same text would give other terms: every index is then rebuilt by itself."""

_LONGEST_WORD = 40
_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千万]{2,}|十")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?")


@cache
def _normal_forms() -> dict[int, str]:
    """Character → its normal form: narrow, lower case, simplified; control characters → space."""
    from opencc import OpenCC

    han = [chr(code) for low, high in _HAN for code in range(low, high + 1)]
    simplified = OpenCC("t2s").convert("\n".join(han)).split("\n")
    table = {ord(old): new for old, new in zip(han, simplified, strict=True) if old != new}
    table |= {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)}
    table |= {ord(capital): capital.lower() for capital in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    table |= dict.fromkeys([*range(32), 0x3000, 0xA0, 0xFEFF, *range(0xD800, 0xE000)], " ")
    table[0x0A] = "\n"
    return table


def normalise(text: str) -> str:
    """The text narrow, lower-case and simplified, character by character: the length never changes."""
    return text.translate(_normal_forms())


def cut(text: str) -> list[str]:
    """A normalised text in pieces: words, the shorter words inside them, number forms, punctuation."""
    pieces: list[str] = rjieba.cut_for_search(text)
    return pieces + number_forms(text)


def is_word(piece: str) -> bool:
    """Whether a piece is worth looking for: not punctuation, and no endless run of letters."""
    return piece[0].isalnum() and len(piece) <= _LONGEST_WORD


def words(text: str) -> list[str]:
    """The words of a normalised text with the shorter words inside them, in order, repeats kept."""
    return [piece for piece in cut(text) if is_word(piece)]


def number_forms(text: str) -> list[str]:
    """Figures in the form everybody can meet in: 三千五百 → 3500, 2024-3-5 → 2024年3月5日 and parts."""
    forms: list[str] = []
    for match in _NUMERAL.finditer(text):
        try:
            forms.append(str(cn2an.cn2an(match[0].replace("两", "二"), "normal")))
        except ValueError:
            digits = match[0].translate(_DIGITS)
            if digits.isdigit() and digits.isascii():
                forms.append(digits)
    for match in _DATE.finditer(text):
        year, month, day = match.groups()
        forms.append(f"{year}年{int(month)}月" + (f"{int(day)}日" if day else ""))
    return forms


_DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")


@cache
def stop_words() -> frozenset[str]:
    """Words of a question that say nothing about its subject."""
    return frozenset(normalise(word) for word in read_yaml("knowledge", "stop_words.yaml")["words"])


@cache
def filler() -> re.Pattern[str]:
    """Phrases of greeting and politeness, to be cut out of a question before it is read."""
    phrases = sorted(read_yaml("knowledge", "stop_words.yaml")["phrases"], key=len, reverse=True)
    return re.compile("|".join(re.escape(normalise(phrase)) for phrase in phrases))


def query_words(text: str) -> list[str]:
    """The distinct telling words of a normalised question, in order."""
    return [word for word in dict.fromkeys(words(text)) if word not in stop_words()]


def is_han(character: str) -> bool:
    """Whether a character is a Chinese one."""
    return any(low <= ord(character) <= high for low, high in _HAN)


def han_ranges() -> tuple[tuple[int, int], ...]:
    """The code point ranges, inclusive, of Chinese characters."""
    return _HAN
