"""Agreement figures equal the published ones and those of the reference packages."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import binary_distance, interval_distance
from sklearn.metrics import cohen_kappa_score

from app.review.agreement import (
    Level,
    Weights,
    agreement_by_question,
    cohen_kappa,
    krippendorff_alpha,
)

N = None
OBSERVERS = (  # Krippendorff 2011, example C: four observers, twelve units, missing data
    (1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3),
    (N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N),
)


DISTANCES = {Level.NOMINAL: binary_distance, Level.INTERVAL: interval_distance}
"""What NLTK knows; the ordinal level is held against the published figure alone."""


def _theirs(rows: Sequence[Sequence[float | None]], level: Level) -> float:
    """NLTK's alpha; it wants units that two observers judged."""
    pairable = [column for column in zip(*rows, strict=True) if sum(v is not None for v in column) > 1]
    answers = [
        (observer, unit, value)
        for unit, column in enumerate(pairable)
        for observer, value in enumerate(column)
        if value is not None
    ]
    return float(AnnotationTask(answers, DISTANCES[level]).alpha())


@pytest.mark.parametrize(
    ("level", "published"), [(Level.NOMINAL, 0.743), (Level.ORDINAL, 0.815), (Level.INTERVAL, 0.849)]
)
def test_alpha_is_the_published_one(level: Level, published: float) -> None:
    assert krippendorff_alpha(OBSERVERS, level) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize("level", DISTANCES)
def test_alpha_of_the_published_example_is_the_packages(level: Level) -> None:
    assert krippendorff_alpha(OBSERVERS, level) == pytest.approx(_theirs(OBSERVERS, level), abs=1e-12)


def test_kappa_is_the_published_one() -> None:
    """Fifty proposals, two readers: 20 both yes, 5 and 10 apart, 15 both no, kappa 0.40."""
    one = [1] * 20 + [1] * 5 + [0] * 10 + [0] * 15
    other = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(20))
def test_any_data_give_the_packages_figures(seed: int) -> None:
    dice = random.Random(seed)
    scale, calls = dice.randint(2, 5), dice.randint(5, 60)
    truth = [dice.randrange(scale) for _ in range(calls)]
    rows = [[v if dice.random() < 0.7 else dice.randrange(scale) for v in truth] for _ in range(3)]
    for weights, name in (
        (Weights.NONE, None),
        (Weights.LINEAR, "linear"),
        (Weights.QUADRATIC, "quadratic"),
    ):
        ours = cohen_kappa(rows[0], rows[1], weights)
        assert ours == pytest.approx(cohen_kappa_score(rows[0], rows[1], weights=name), abs=1e-12)
    holed = [[v if dice.random() < 0.85 else None for v in row] for row in rows]
    for level in DISTANCES:
        assert krippendorff_alpha(holed, level) == pytest.approx(_theirs(holed, level), abs=1e-9)


def test_without_variety_or_answers_there_is_no_figure() -> None:
    assert cohen_kappa([1, 1], [1, 1]) is None
    assert cohen_kappa([None], [1]) is None
    assert krippendorff_alpha([[1, 1], [1, 1]]) is None
    assert krippendorff_alpha([[None, None], [1, 1]]) is None


def test_double_scoring_names_the_ambiguous_question_first() -> None:
    clear, vague = [1, 0, 1, 0, 1, 0], [1, 0, 0, 1, 1, 0]
    tickets: list[dict[str, dict[str, float | None]]] = [
        {
            "one": {"clear": float(a), "vague": float(b)},
            "other": {"clear": float(a), "vague": float(1 - b)},
        }
        for a, b in zip(clear, vague, strict=True)
    ]
    tickets[0]["other"]["clear"] = None
    tickets[1]["third"] = {"clear": 1.0}
    found = agreement_by_question([*tickets, {"alone": {"clear": 1.0, "vague": 1.0}}])
    assert [row.question for row in found] == ["vague", "clear"]
    assert found[1].alpha is not None
    assert found[1].alpha < 1, "the third reviewer counts"
    assert (found[1].tickets, found[1].same, found[1].kappa) == (5, 1.0, 1.0)
    assert found[0].kappa is not None
    assert found[0].kappa < 0
