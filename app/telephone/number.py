"""Telephone numbers as telephones and people write them, and which of them mean the same line."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NUMBER = 24
_EXTENSION = re.compile(r"(?:转|分机|[,#]|ext\.?|x)[\s:：.]*\d{1,8}\s*$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LOCAL = range(7, 9)
"""How many digits a number of the fixed network has without its area code."""


def number_of(written: str) -> str | None:
    """The number in what a telephone writes (``sip:010-1234@…``, ``0086 …``, ``… 转 801``), or none.

    Numbers of the country stand as they are dialled in it (``13800138000``, ``01066668888``), others
    with a ``+``.
    """
    plain = unicodedata.normalize("NFKC", written).strip()
    plain = plain.removeprefix("sip:").removeprefix("tel:").partition("@")[0].partition(";")[0]
    plain = _EXTENSION.sub("", plain)
    digits = "".join(sign for sign in plain if sign.isascii() and sign.isdigit())
    if not 3 <= len(digits) <= LONGEST_NUMBER or any(sign.isalpha() for sign in plain):
        return None
    abroad = plain.startswith("+") or (digits.startswith("00") and len(digits) > 8)
    digits = digits if plain.startswith("+") else digits.removeprefix("00") if abroad else digits
    if abroad and digits.startswith("86"):
        national = digits.removeprefix("86").removeprefix("0")
        return national if len(national) <= 8 or _MOBILE.fullmatch(national) else "0" + national
    if _MOBILE.fullmatch(digits[1:]) and digits.startswith("0"):
        return digits[1:]  # dialled from another city
    return "+" + digits if abroad else digits


def written_as(number: str) -> tuple[str, ...]:
    """Digits under which a number may stand in older tickets, itself first."""
    if _MOBILE.fullmatch(number):
        return (number, "0" + number, "86" + number, "0086" + number)
    if number.startswith("0"):
        size = 3 if number[1:2] in ("1", "2") else 4
        local = (number[size:],) if len(number) - size in _LOCAL else ()
        return (number, "86" + number[1:], "0086" + number[1:], *local)
    return (number.removeprefix("+"), "00" + number.removeprefix("+"))
