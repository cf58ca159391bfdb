"""How far reviewers agree beyond chance: Cohen's kappa and Krippendorff's alpha.

Cohen 1960 and 1968 (weighted); Krippendorff, *Computing Krippendorff's Alpha-Reliability*, 2011.
A missing answer is ``None``. Where chance leaves nothing to agree on (everybody always gave one and the
same answer) there is no figure, and the result is ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Ratings = Sequence[float | None]
Scores = Mapping[str, float | None]
"""What a reviewer gave a ticket, by question."""
_Floats = NDArray[np.float64]


class Weights(StrEnum):
    """How a disagreement grows with the distance of two answers."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Level(StrEnum):
    """What the differences between answers mean."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


def cohen_kappa(one: Ratings, other: Ratings, weights: Weights = Weights.NONE) -> float | None:
    """Kappa of two reviewers over the calls both answered; distances are between ranks of values."""
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    values = sorted({value for pair in pairs for value in pair})
    if not pairs:
        return None
    place = {value: number for number, value in enumerate(values)}
    table = np.zeros((len(values), len(values)))
    for a, b in pairs:
        table[place[a], place[b]] += 1
    table /= len(pairs)
    chance = np.outer(table.sum(axis=1), table.sum(axis=0))
    ranks = np.arange(len(values), dtype=np.float64)
    apart = np.abs(ranks[:, None] - ranks[None, :])
    cost = {
        Weights.NONE: (apart > 0).astype(np.float64),
        Weights.LINEAR: apart,
        Weights.QUADRATIC: apart**2,
    }[weights]
    expected = float((cost * chance).sum())
    return 1 - float((cost * table).sum()) / expected if expected else None


def krippendorff_alpha(reviewers: Sequence[Ratings], level: Level = Level.NOMINAL) -> float | None:
    """Alpha of any number of reviewers (rows) over calls (columns), with missing answers."""
    units = [[value for value in unit if value is not None] for unit in zip(*reviewers, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = sorted({value for unit in units for value in unit})
    place = {value: number for number, value in enumerate(values)}
    together = np.zeros((len(values), len(values)))
    for unit in units:
        counts = np.bincount([place[value] for value in unit], minlength=len(values)).astype(float)
        together += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    totals: _Floats = together.sum(axis=0)
    whole = float(totals.sum())
    if whole < 2:
        return None
    cost = _distance(level, np.array(values, dtype=np.float64), totals)
    expected = float((cost * np.outer(totals, totals)).sum()) / (whole - 1)
    return 1 - float((cost * together).sum()) / expected if expected else None


def _distance(level: Level, values: _Floats, totals: _Floats) -> _Floats:
    """Squared difference of every two values."""
    if level is Level.NOMINAL:
        return 1.0 - np.eye(len(values))
    if level is Level.INTERVAL:
        return (values[:, None] - values[None, :]) ** 2
    up_to = np.cumsum(totals)
    middle = up_to - totals / 2  # answers below, and half of those alike
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)


@dataclass(frozen=True, slots=True)
class QuestionAgreement:
    """How far reviewers agree on one question over the tickets that at least two of them answered.

    ``same`` = share of tickets to which the first two gave one answer, ``kappa`` = Cohen's over these
    two, ``alpha`` = Krippendorff's (ordinal) over all reviewers.
    """

    question: str
    tickets: int
    same: float
    kappa: float | None
    alpha: float | None


def agreement_by_question(tickets: Iterable[Mapping[str, Scores]]) -> tuple[QuestionAgreement, ...]:
    """Blind double scoring, the most ambiguous question first. A ticket = reviewer → scores."""
    scored = [ticket for ticket in tickets if len(ticket) > 1]
    reviewers = sorted({name for ticket in scored for name in ticket})
    questions = dict.fromkeys(q for ticket in scored for given in ticket.values() for q in given)
    found = []
    for question in questions:
        rows = [[ticket.get(name, {}).get(question) for ticket in scored] for name in reviewers]
        answered = [
            [value for value in column if value is not None] for column in zip(*rows, strict=True)
        ]
        both = [values[:2] for values in answered if len(values) > 1]
        if not both:
            continue
        one, other = zip(*both, strict=True)
        found.append(
            QuestionAgreement(
                question,
                len(both),
                sum(a == b for a, b in both) / len(both),
                cohen_kappa(one, other),
                krippendorff_alpha(rows, Level.ORDINAL),
            )
        )
    return tuple(sorted(found, key=lambda one: (1.0 if one.alpha is None else one.alpha, one.same)))
