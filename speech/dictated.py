"""Telephone numbers as they are dictated: believed if two readings agree, marked otherwise.

A recogniser drops and repeats digits without being less sure of itself, so one reading proves
nothing; a wrong number is worse than none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from speech.repair.numbers import HOT_LINES, digits
from speech.utterance import INCOMPLETE

_D = "零〇幺一二三四五六七八九0-9"
_RUN = re.compile(rf"(?<![{_D}十百千万点第])[{_D}](?:[-—\s.,，、]{{0,2}}[{_D}])+")
_ONE = re.compile(r"[要腰邀药妖夭](?=[3-9三四五六七八九])")
"""幺, as a recogniser writes it in front of a number without its first digit."""
_SOUNDS_LIKE = {
    "1": "要腰邀药妖夭摇衣伊医依", "2": "儿耳尔而", "3": "散伞叁", "4": "寺肆丝斯", "5": "舞武午伍吴屋",
    "6": "刘流留柳", "7": "期骑起汽", "8": "吧爸巴扒", "9": "酒久旧就", "0": "灵铃另凌",
}  # fmt: skip
_ALIKE = str.maketrans({char: digit for digit, chars in _SOUNDS_LIKE.items() for char in chars})
_ALIKE_RUN = re.compile(rf"[{_D}{''.join(_SOUNDS_LIKE.values())}]{{9,}}")
_DIGIT = re.compile(rf"[{_D}]")
_FEWEST_DIGITS = 4
_LEAD = re.compile(r"电话|電話|手机|手機|号码|號碼|联系|聯繫|座机")
_NO_PHONE = re.compile(r"[十百千万亿点号號楼樓栋室单元年月日块元个平米]")
_WHOLE = re.compile(r"1[3-9]\d{9}|(?:0(?:10|2\d|[3-9]\d{2}))?[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6}")
_SHORTEST, _LONGEST = 7, 14
_SHORTEST_AFTER_LEAD = 5


@dataclass(frozen=True, slots=True)
class Dictated:
    """A number at ``text[start:end]``, in digits."""

    start: int
    end: int
    number: str


def whole(number: str) -> bool:
    """Whether digits have the length and the beginning of a mobile or landline number."""
    return bool(_WHOLE.fullmatch(number))


def dictated(text: str) -> Dictated | None:
    """The longest run of digits in ``text`` that is, or was meant to be, a telephone number."""
    found = []
    text = _ALIKE_RUN.sub(_as_digits, text)
    for match in _RUN.finditer(text):
        start, number = match.start(), digits(match.group())
        if len(number) == 10 and _ONE.match(text, start - 1):
            start, number = start - 1, "1" + number
        lead = bool(_LEAD.search(text[max(0, start - 8) : start]))
        shortest = _SHORTEST_AFTER_LEAD if lead else _SHORTEST
        counted = _NO_PHONE.match(text, match.end())
        if shortest <= len(number) <= _LONGEST and number not in HOT_LINES and not counted:
            found.append(Dictated(start, match.end(), number))
    return max(found, key=lambda one: len(one.number), default=None)


def _as_digits(run: re.Match[str]) -> str:
    """Digits for what sounds like them (腰舞九零 1590), where enough of the run are digits."""
    said = run.group()
    return said.translate(_ALIKE) if len(_DIGIT.findall(said)) >= _FEWEST_DIGITS else said


def settle(text: str, read_again: Callable[[], Iterable[str]] | None) -> str:
    """``text`` with its telephone number as the readings have it, or marked ``INCOMPLETE``.

    ``read_again`` gives further readings of the same audio; it is only asked if there is a number.
    A number counts when it is whole in two readings and no reading has another whole one; if
    nothing can be read again, when it is whole. A text that is marked already may be settled again.
    """
    said = dictated(text)
    if said is None:
        return text
    if read_again is None:
        written = text[said.start : said.end]
        sure, shown = whole(said.number), written if digits(written) == said.number else said.number
    else:
        others = [found.number for other in read_again() if (found := dictated(other))]
        votes = Counter(number for number in (said.number, *others) if whole(number))
        sure = len(votes) == 1 and max(votes.values()) > 1
        shown = next(iter(votes)) if len(votes) == 1 else said.number
    rest = text[said.end :].removeprefix(INCOMPLETE)
    return text[: said.start] + shown + ("" if sure else INCOMPLETE) + rest
