"""Personal data hidden: names down to the surname, numbers down to their ends, or altogether."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"
_DIGIT = "0-9０-９"
_GROUP = rf"[{_DIGIT}]{{3,}}"
_NUMBER = re.compile(
    rf"(?<![{_DIGIT}])(?:[{_DIGIT}]{{6,}}[{_DIGIT}Xx]|{_GROUP}(?:[ \-—－]{_GROUP})+)(?![{_DIGIT}])"
)
"""Seven figures or more, also in groups; a date like 2026-11-22 has groups of two and stays."""
_SPOKEN = re.compile("[零〇一二三四五六七八九幺两]{7,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def mask_name(name: str) -> str:
    """``王小明`` → ``王***``; however long the name was, three stars."""
    return f"{name[:1]}{HIDDEN}"


def mask_number(number: str) -> str:
    """``13800138000`` → ``138****00``; one of less than eight figures is hidden as a whole."""
    figures = [character for character in number if character.isalnum()]
    if len(figures) < 8:
        return HIDDEN
    return "".join(figures[:3]) + "****" + "".join(figures[-2:])


def mask_text(words: str, names: Iterable[str] = (), entirely: bool = False) -> str:
    """Running text without long numbers, mail addresses and the given names.

    ``entirely`` leaves not even their ends: for callers who asked that nobody learns who they are.
    """
    for name in sorted({name for name in names if name.strip()}, key=len, reverse=True):
        words = words.replace(name, HIDDEN if entirely else mask_name(name))
    words = _NUMBER.sub(lambda found: _without(found.group(), entirely), words)
    return _MAIL.sub(HIDDEN, _SPOKEN.sub(HIDDEN, words))


def _without(number: str, entirely: bool) -> str:
    if len(number) == 9 and not number.isalnum():  # from one year to another: 2020-2026
        return number
    return HIDDEN if entirely else mask_number(number)
