"""The words that the catalogue's matters are told in: what hearing a call right depends on."""

from __future__ import annotations

import re
from functools import cache

from resources.loader import read_csv

_KEYWORD = re.compile(r"(?P<parts>[^*\s]+)(?:\*(?P<weight>[\d.]+))?")
_PLAIN = re.compile(r"[\u4e00-\u9fff]{2,8}")
_NAMES = ("level2", "level3", "level4")
_TELLING = 1.5
"""Weight from which on a keyword of two characters says by itself what a call is about."""


@cache
def matter_words() -> tuple[str, ...]:
    """Names and keywords of the bundled catalogue, of two to eight characters.

    Of two characters only those that name a matter by themselves (停水, not 老人).
    """
    found: dict[str, None] = {}
    for row in read_csv("catalogue", "catalogue.csv"):
        for name in (row[level] for level in _NAMES):
            if _PLAIN.fullmatch(name) and len(name) > 2:
                found[name] = None
        for keyword in _KEYWORD.finditer(row["keywords"]):
            parts = re.split(r"[+/]", keyword["parts"])
            telling = len(parts) == 1 and float(keyword["weight"] or 1) >= _TELLING
            for part in parts:
                if _PLAIN.fullmatch(part) and (len(part) > 2 or telling):
                    found[part] = None
    return tuple(found)
