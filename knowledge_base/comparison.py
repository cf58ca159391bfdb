"""Two versions of an article beside each other: which facts changed, and which words of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from knowledge_base.article import Article

_PIECE = re.compile(r"[^，。！？；、\s]+[，。！？；、]*|\s+|[，。！？；、]+")
_LONGEST = 4_000
"""Pieces of a text that are compared one by one; a longer one counts as replaced."""


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one or both versions."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A fact of an article that differs, as pieces in reading order."""

    name: str
    pieces: tuple[Piece, ...]


def changes(old: Article, new: Article) -> tuple[Change, ...]:
    """The facts in which two versions differ, in the order of an article's fields."""
    found: list[Change] = []
    for name in Article.__slots__:
        before, after = _text(getattr(old, name)), _text(getattr(new, name))
        if name != "version" and before != after:
            found.append(Change(name, tuple(_pieces(before, after))))
    return tuple(found)


def _text(value: object) -> str:
    if value is None:
        return ""
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _pieces(before: str, after: str) -> list[Piece]:
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    if max(len(old), len(new)) > _LONGEST:
        return [Piece(Kind.GONE, before), Piece(Kind.NEW, after)]
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Kind.SAME, "".join(old[a:b])))
            continue
        if b > a:
            pieces.append(Piece(Kind.GONE, "".join(old[a:b])))
        if d > c:
            pieces.append(Piece(Kind.NEW, "".join(new[c:d])))
    return pieces
