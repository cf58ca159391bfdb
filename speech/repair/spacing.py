"""Spaces: Chinese is written without them; engines put them between words or at pauses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from speech.repair.trail import Change

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MARKS = "，。？！、；：（）《》“”"
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(rf"[{HAN}]+")
_PAUSED = 3.5
"""Mean length of the stretches between blanks from which on they are pauses, not word borders."""


def spaced_by_word(text: str) -> bool:
    """Whether the engine wrote a blank between words (as Vosk does), not only at pauses."""
    stretches = [len(word) for word in _WORD.findall(text)]
    return len(stretches) > 2 and sum(stretches) / len(stretches) < _PAUSED


def changes(text: str) -> Iterator[Change]:
    """Drop blanks beside Chinese; keep one between Latin words, and one at a pause."""
    pauses = not spaced_by_word(text)
    for match in _BLANKS.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        keep = " "
        if not before or not after or before in _MARKS or after in _MARKS:
            keep = ""
        elif _WORD.match(before) and _WORD.match(after):
            keep = " " if pauses else ""
        elif _WORD.match(before) or _WORD.match(after):
            keep = "" if not pauses or (before + after).isalnum() else " "
        if match.group() != keep:
            yield Change(match.start(), match.end(), keep)
