"""How good predictions are: rank, calibration, and how much can go out without a human look."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.dispatch.learning.examples import Examples
from app.dispatch.learning.features import Floats
from app.dispatch.learning.model import PracticeModel
from app.dispatch.learning.training import RIGHT_WHEN_SURE

BINS = 15


def figures(chances: Floats, right: Sequence[int]) -> dict[str, float]:
    """``top1``, ``top3``, ``top5``, ``ece`` and ``coverage_at_95`` of rows of probabilities.

    ``right``: the column of each row's true label, -1 where no column stands for it.
    """
    truth = np.asarray(right)
    order = np.argsort(-chances, axis=1, kind="stable")
    hit = order == truth[:, None]
    top = chances.max(axis=1)
    return {
        **{f"top{k}": round(float(hit[:, :k].any(axis=1).mean()), 4) for k in (1, 3, 5)},
        "ece": round(calibration_error(top, hit[:, 0]), 4),
        "coverage_at_95": round(coverage(top, hit[:, 0]), 4),
    }


def calibration_error(top: Floats, right: np.ndarray) -> float:
    """Expected calibration error: mean gap of confidence and accuracy over 15 equal bins."""
    place = np.minimum((top * BINS).astype(int), BINS - 1)
    gaps = np.bincount(place, top - right, BINS)
    return float(np.abs(gaps).sum() / len(top))


def coverage(top: Floats, right: np.ndarray) -> float:
    """The largest share of the surest predictions of which at least 95 % are right."""
    hits = np.cumsum(right[np.argsort(-top, kind="stable")])
    seen = np.arange(1, len(top) + 1)
    good = np.flatnonzero(hits >= RIGHT_WHEN_SURE * seen)
    return float((good[-1] + 1) / len(top)) if good.size else 0.0


def evaluate(model: PracticeModel, test: Examples) -> dict[str, Any]:
    """The figures of a model on tickets it has not seen, with its time for one ticket.

    ``half_a`` and ``half_b`` are the even and the odd rows: how far they lie apart is chance.
    """
    chances, took = [], []
    columns = {label: at for at, label in enumerate(model.labels)}
    for text in test.texts:
        began = time.perf_counter()
        prediction = model.predict(text)
        took.append(1000 * (time.perf_counter() - began))
        row = np.zeros(len(columns), np.float32)
        for guess in prediction.guesses:
            row[columns[guess.label]] = guess.probability
        chances.append(row)
    return {
        **halves(np.array(chances), [columns.get(label, -1) for label in test.labels]),
        "p95_ms": round(float(np.percentile(took, 95)), 2),
    }


def halves(chances: Floats, truth: Sequence[int]) -> dict[str, Any]:
    """``figures`` of all rows, and of the even and the odd ones apart."""
    result: dict[str, Any] = figures(chances, truth)
    if len(truth) > 1:
        result |= {"half_a": figures(chances[0::2], truth[0::2])}
        result |= {"half_b": figures(chances[1::2], truth[1::2])}
    return result


def timed(work: Callable[[], PracticeModel]) -> tuple[PracticeModel, float]:
    """What some training gives, and how many seconds it took."""
    began = time.perf_counter()
    model = work()
    return model, round(time.perf_counter() - began, 2)
