"""Spoken numbers: house numbers (十二号楼 → 12号楼) and strings of digits (幺三八 → 138)."""

from __future__ import annotations

import re

_DIGITS = {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "幺": "1",
    "两": "2",
    "洞": "0",
}
_DIGITS |= {c: str(n) for n, c in enumerate("0123456789")}
_SCALES = {"十": 10, "百": 100, "千": 1000}
NUMBER = r"(?:\d+|[零〇一二两三四五六七八九十百]+)"
_COUNTED = re.compile(rf"({NUMBER})([甲乙丙丁]?(?:号院|号楼|号|栋|幢|座|单元|门|层|楼|室|户|弄|排))")
_ROOM = re.compile(
    r"(?<=[元楼栋幢座层门院号])([零〇一二三四五六七八九]{3,4})(?![零〇一二三四五六七八九十百\d])"
)


def number(words: str) -> int | None:
    """The value of a spoken number (``十二``, ``六零二``, ``18``); ``None`` if it is none."""
    if not words:
        return None
    if not any(c in _SCALES for c in words):
        digits = "".join(_DIGITS.get(c, "?") for c in words)
        return int(digits) if "?" not in digits else None
    total, digit, scale = 0, 0, 1
    for c in words:
        if c in _SCALES:
            scale = _SCALES[c]
            total += (digit or 1) * scale
            digit = 0
        elif c in _DIGITS:
            digit = int(_DIGITS[c])
            scale = 1 if c in "零〇" else scale
        else:
            return None
    tail = digit * (scale // 10) if digit and scale >= 100 and words[-2] in _SCALES else digit
    return total + tail


def house_numbers(words: str) -> str:
    """An address with its house, unit and room numbers in digits; numbers inside names stay."""
    counted = _COUNTED.sub(lambda m: f"{_value(m[1])}{m[2]}", words)
    return _ROOM.sub(lambda m: "".join(_DIGITS[c] for c in m[1]), counted)


def _value(words: str) -> str:
    value = number(words)
    return words if value is None else str(value)


def digit(char: str) -> str | None:
    """The digit a character stands for when numbers are read out one by one."""
    return _DIGITS.get(char)


def large_number(words: str) -> float | None:
    """The value of a number with 万 and 亿 (``一百二十万``, ``三万五``, ``1.5万``), or ``None``."""
    for unit, scale in (("亿", 1e8), ("万", 1e4)):
        head, found, rest = words.partition(unit)
        if found:
            value, tail = large_number(head), large_number(rest) if rest else 0.0
            if value is None or tail is None:
                return None
            spoken_short = len(rest) == 1 and tail < 10  # 三万五 = 35,000
            return value * scale + (tail * scale / 10 if spoken_short else tail)
    if re.fullmatch(r"\d+(?:\.\d+)?", words):
        return float(words)
    value = number(words)
    return None if value is None else float(value)


def money(value: float, more: bool = False) -> str:
    """A sum as tickets write it: ``5000元``, ``120万元``, ``3000多元``."""
    ten_thousands = value >= 100_000 and value % 1_000 == 0
    shown = f"{value / 10_000:.10g}" if ten_thousands else f"{value:.12g}"
    return f"{shown}{'多' if more else ''}{'万' if ten_thousands else ''}元"
