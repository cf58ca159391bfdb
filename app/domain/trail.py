"""The operator's trail: which field of a draft was changed when in the call, how, and what was quoted.

It holds names of fields and ids of articles, never what was written, and stays small however long a
call lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST = 64
"""So many marks are kept, the newest: some 4 kB."""
FOLD_S = 10.0
"""Who goes on typing in a field within this time leaves one mark."""


class MarkKind(StrEnum):
    """What the operator did."""

    TYPED = "typed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"
    CITED = "cited"


@dataclass(frozen=True, slots=True)
class TrailMark:
    """One thing the operator did at a second of the call; ``article`` only where one was quoted."""

    second: float
    field: str
    kind: MarkKind
    article: str = ""


Trail = tuple[TrailMark, ...]


def extended(trail: Trail, fresh: Iterable[TrailMark]) -> Trail:
    """The trail with fresh marks behind it, going on in a field folded into one."""
    marks = list(trail)
    for mark in fresh:
        last = next((one for one in reversed(marks) if one.field == mark.field), None)
        going_on = (
            last is not None
            and mark.kind is last.kind is MarkKind.TYPED
            and mark.second - last.second <= FOLD_S
        )
        if not going_on:
            marks.append(mark)
    return tuple(marks[-MOST:])
