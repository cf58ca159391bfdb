"""Choose among overlapping readings of one text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def best_chain(weighed: Sequence[tuple[int, int, float, T]]) -> list[T]:
    """The items with the largest total worth whose spans do not overlap, in order.

    ``weighed`` holds ``(start, end, worth, item)``; of equal totals the earlier item wins.
    """
    ordered = sorted(weighed, key=lambda entry: entry[1])
    totals = [0.0]
    ends = [0]
    steps: list[tuple[int, int]] = [(-1, 0)]  # (item taken, prefix to go on from) per prefix
    for number, (start, end, worth, _) in enumerate(ordered):
        before = bisect_right(ends, start) - 1
        total = totals[before] + worth
        taken = total > totals[-1]
        steps.append((number, before) if taken else (-1, len(totals) - 1))
        totals.append(max(total, totals[-1]))
        ends.append(end)
    chosen = []
    at = len(totals) - 1
    while at > 0:
        number, at = steps[at]
        if number >= 0:
            chosen.append(ordered[number][3])
    return chosen[::-1]
