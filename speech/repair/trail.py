"""A text under repair that remembers which heard words each piece of it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Replace ``text[start:end]`` of a step's input by ``text``."""

    start: int
    end: int
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Edit:
    """A difference between the repaired text and the heard one.

    ``start:end`` index the repaired text, ``heard_start:heard_end`` the heard one; ``text`` and
    ``heard`` are the words there (one of them may be empty). ``rule`` names the step.
    """

    start: int
    end: int
    heard_start: int
    heard_end: int
    heard: str
    text: str
    rule: str
    confidence: float


@dataclass(slots=True)
class _Piece:
    text: str
    start: int
    end: int
    rule: str = ""
    confidence: float = 1.0


class Trail:
    """The current text in pieces, each with its span of the heard text."""

    def __init__(self, heard: str) -> None:
        self._heard = heard
        self._pieces = [_Piece(char, at, at + 1) for at, char in enumerate(heard)]

    @property
    def text(self) -> str:
        """The text as repaired so far."""
        return "".join(piece.text for piece in self._pieces)

    def apply(self, changes: Iterable[Change], rule: str) -> None:
        """Make a step's changes (in order, not overlapping, offsets in the current ``text``)."""
        pieces: list[_Piece] = []
        pending = iter(changes)
        change = next(pending, None)
        at = 0  # offset in the text of the next old piece
        queue = iter(self._pieces)
        for piece in queue:
            if change is None or at + len(piece.text) <= change.start:
                pieces.append(piece)
                at += len(piece.text)
                if change is not None and change.start == change.end == at:
                    pieces.append(_Piece(change.text, piece.end, piece.end, rule, change.confidence))
                    change = next(pending, None)
                continue
            first, start_at = piece, at
            text, last = piece.text, piece
            at += len(piece.text)
            new = ""
            cursor = start_at
            confidence = 1.0
            while change is not None and change.start < at:
                while change.end > at:
                    last = next(queue)
                    text += last.text
                    at += len(last.text)
                new += text[cursor - start_at : change.start - start_at] + change.text
                confidence = min(confidence, change.confidence)
                cursor = change.end
                change = next(pending, None)
            new += text[cursor - start_at :]
            pieces.append(_Piece(new, first.start, last.end, rule, confidence))
        self._pieces = pieces

    def edits(self) -> tuple[Edit, ...]:
        """What differs from the heard text, in order; neighbours of one rule are one edit."""
        merged: list[_Piece] = []
        for piece in self._pieces:
            rule = piece.rule if piece.text != self._heard[piece.start : piece.end] else ""
            before = merged[-1] if merged else None
            if before is not None and rule == before.rule:
                before.text += piece.text
                before.end = piece.end
                before.confidence = min(before.confidence, piece.confidence)
            else:
                merged.append(_Piece(piece.text, piece.start, piece.end, rule, piece.confidence))
        edits = []
        at = 0
        for piece in merged:
            if piece.rule:
                heard = self._heard[piece.start : piece.end]
                end = at + len(piece.text)
                edits.append(
                    Edit(
                        at, end, piece.start, piece.end, heard, piece.text, piece.rule, piece.confidence
                    )
                )
            at += len(piece.text)
        return tuple(edits)
