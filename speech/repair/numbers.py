"""Numbers by field: hot lines, telephone numbers, house numbers, money, dates and times.

A number is only read inside a field that says what it is, so idioms (一直, 万一, 三三两两) stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import cn2an

from speech.repair.trail import Change


class NumberField(StrEnum):
    """What a number is."""

    HOT_LINE = "hot_line"
    PHONE = "phone"
    DOCUMENT = "document"
    """An identity card's or a bank card's number."""
    HOUSE = "house"
    MONEY = "money"
    DATE = "date"
    TIME = "time"


SHOWN = frozenset({NumberField.HOT_LINE, NumberField.PHONE, NumberField.DOCUMENT, NumberField.HOUSE})
"""Fields whose digits are written in the transcript: nobody reads them otherwise."""


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """A number said at ``[start, end)`` and how it is written: ``三单元`` → ``3单元``."""

    start: int
    end: int
    field: NumberField
    text: str


HOT_LINES = frozenset(
    (
        *("110", "114", "119", "120", "122", "999", "12345", "12348", "12388", "12315", "12333"),
        *("12329", "12328", "12350", "12369", "12393", "12319", "12306", "12366", "12320", "12355"),
        *("12338", "12351", "12378", "12380", "12389", "12305", "12309", "12368", "12325", "12326"),
        *("12331", "12340", "12361", "12377", "12385", "12386", "12395", "12316", "12318", "96156"),
        *("96116", "96069", "96777", "96391", "95598", "10086", "10010", "10000", "11185"),
    )
)
_DIGIT = {
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    "〇": "0",
    "幺": "1",
    "两": "2",
}
_DIGIT |= {digit: digit for digit in "0123456789"}
_D = "零〇幺一二三四五六七八九0-9"
_COUNT = "一二三四五六七八九十百零两"
_AMOUNT = "一二三四五六七八九十百千万亿零两点半"

_GROUP = rf"(?:[两二三四五六2-6]个[{_D}])"
_RUN = re.compile(rf"(?<![{_D}十百千万点第])(?:{_GROUP}|[{_D}]|(?<=[{_D}])[-\s](?=[{_D}]))+")
_LAST_SIGN = re.compile(r"\s?(?:[叉插XxＸ]|埃克斯|艾克斯)")
"""The X at the end of an identity card's number, as it is said."""
_REPEATED = re.compile(rf"([两二三四五六2-6])个([{_D}])")
_HOUSE = re.compile(
    rf"(?<![{_COUNT}千万几第])([{_COUNT}]{{1,8}})(号楼|号院|单元|栋|幢|号(?=[楼院门])|室(?![温内外友]))"
    rf"|(?<=[路街巷里区园村院同条道])([{_COUNT}]{{1,8}})(号)(?![线召令])"
    rf"|(?<=[元楼门栋幢院])([{_D}]{{3,4}})(?:(室)|(?![{_COUNT}千万年月个块元点{_D}]))"
)
_MONEY = re.compile(
    rf"(?<![{_AMOUNT}第])([{_AMOUNT}]{{1,16}})(?=块钱?|元|万元|人民币)"
    rf"|(?<![{_AMOUNT}第])([一二三四五六七八九十百千两]{{1,7}})(?=万(?![{_AMOUNT}一]))"
)
_DATE = re.compile(
    rf"([{_D}]{{4}})(?=年)|(?<![{_COUNT}])([一二三四五六七八九十]{{1,2}})(?=月(?:份|[{_COUNT}底初中]|$))"
    rf"|(?<=月)([一二三四五六七八九十]{{1,3}})(?=[号日])"
)
_TIME = re.compile(
    r"(?<![一二三四五六七八九十百千万两差有])([一二三四五六七八九十两]{1,3})"
    r"(?=点(?:钟|半|多|[一二三四五六七八九十]{1,3}分|[到以之就开，。 ]|$))"
)
_NOT_MONEY = frozenset({"十", "千万", "万", "百万", "一", "两", "半", "一点", "点"})


def spoken_numbers(text: str) -> tuple[SpokenNumber, ...]:
    """All numbers of the text that stand in a known field, in order, not overlapping."""
    found: list[SpokenNumber] = []
    for number in (*_lines(text), *_houses(text), *_amounts(text)):
        if all(number.end <= other.start or number.start >= other.end for other in found):
            found.append(number)
    return tuple(sorted(found, key=lambda number: number.start))


def changes(text: str) -> Iterator[Change]:
    """Digits for the numbers that are always written in digits."""
    for number in spoken_numbers(text):
        said = text[number.start : number.end]
        if number.field in SHOWN and said != number.text and "-" not in said:
            yield Change(number.start, number.end, number.text)


def digits(run: str) -> str:
    """The digits of a run as it was said: ``幺三八三个零`` → ``138000``."""
    spread = _REPEATED.sub(lambda m: m[2] * int(_DIGIT[m[1]]), run)
    return "".join(_DIGIT[char] for char in spread if char in _DIGIT)


def _lines(text: str) -> Iterator[SpokenNumber]:
    for match in _RUN.finditer(text):
        run = match.group().rstrip("- ")
        if text[match.end() : match.end() + 1] in tuple("十百千万亿点个"):
            continue
        number = digits(run)
        if number in HOT_LINES and "个" not in run:
            yield SpokenNumber(match.start(), match.start() + len(run), NumberField.HOT_LINE, number)
        elif 7 <= len(number) <= 12:
            yield SpokenNumber(match.start(), match.start() + len(run), NumberField.PHONE, number)
        elif 15 <= len(number) <= 19:
            last = _LAST_SIGN.match(text, match.end()) if len(number) == 17 else None
            end = last.end() if last else match.start() + len(run)
            written = number + ("X" if last else "")
            yield SpokenNumber(match.start(), end, NumberField.DOCUMENT, written)


def _houses(text: str) -> Iterator[SpokenNumber]:
    for match in _HOUSE.finditer(text):
        if match[5]:
            end = match.end() - len(match[6] or "")
            yield SpokenNumber(match.start(), end, NumberField.HOUSE, digits(match[5]))
            continue
        said = match[1] or match[3]
        value = _value(said)
        if value is not None:
            yield SpokenNumber(match.start(), match.start() + len(said), NumberField.HOUSE, value)


def _amounts(text: str) -> Iterator[SpokenNumber]:
    for pattern, field in (
        (_MONEY, NumberField.MONEY),
        (_DATE, NumberField.DATE),
        (_TIME, NumberField.TIME),
    ):
        for match in pattern.finditer(text):
            said = match.group()
            if said in _NOT_MONEY and field is NumberField.MONEY:
                continue
            value = digits(said) if match.lastindex == 1 and field is NumberField.DATE else _value(said)
            if value is not None:
                yield SpokenNumber(match.start(), match.end(), field, value)


def _value(said: str) -> str | None:
    """A Chinese number in digits, keeping a final 万 or 亿: ``一百二十万`` → ``120万``."""
    if len(said) > 1 and all(char in _DIGIT for char in said):
        return digits(said)  # a room read digit by digit: 六零二
    unit = said[-1] if said[-1] in "万亿" and len(said) > 1 else ""
    try:
        value = cn2an.cn2an(said.removesuffix(unit) if unit else said, "smart")
    except (ValueError, KeyError):
        return None
    return f"{value:g}{unit}" if isinstance(value, float) else f"{value}{unit}"
