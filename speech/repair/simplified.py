"""Simplified script: engines mix in traditional characters."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache

from opencc import OpenCC

from speech.repair.trail import Change


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplify(text: str) -> str:
    """``text`` in simplified characters; everything else stays."""
    return str(_converter().convert(text))


def changes(text: str) -> Iterator[Change]:
    """One change per character that is written differently."""
    new = simplify(text)
    if new == text:
        return
    if len(new) == len(text):
        for at, (old, char) in enumerate(zip(text, new, strict=True)):
            if old != char:
                yield Change(at, at + 1, char)
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, text, new, False).get_opcodes():
        if tag != "equal":
            yield Change(start, end, new[new_start:new_end])
