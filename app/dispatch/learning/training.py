"""Training on a centre's past tickets: kernel ridge regression, calibrated by leaving each out.

Leaving one ticket out of kernel ridge regression costs nothing once the kernel is inverted, so
strength of smoothing, scale of the probabilities and the point of abstention are all chosen on
tickets the model has not seen, without a second training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack
from scipy.sparse import csr_matrix

from app.dispatch.learning.examples import Examples
from app.dispatch.learning.features import Floats, learn_lexicon
from app.dispatch.learning.model import PracticeModel, labels_by_frequency, probabilities
from resources.errors import UserError

TRIAL = 2_500
"""Tickets on which the strength of smoothing is chosen."""
PART = 8_000
"""Tickets that are solved for together; memory and time grow with its square and cube."""
MOST_TICKETS = 32_000
"""Only the newest are learnt from: practice changes, and the desk must answer in milliseconds."""
MOST_LABELS = 2_000
RIDGES = (0.6, 1.2, 2.4)
FLOORS = (0.01, 0.02, 0.04, 0.07, 0.1)
POWERS = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
RIGHT_WHEN_SURE = 0.95


@dataclass(frozen=True)
class _Solved:
    """A solution for some tickets: their pulls, and their scores when each is left out."""

    pull: Floats
    unseen: Floats


def train(examples: Examples) -> PracticeModel:
    """A model of past tickets, oldest first. Raises ``UserError`` when nothing is to be told apart."""
    examples = examples.newest(MOST_TICKETS)
    labels = labels_by_frequency(examples.labels)
    if not 2 <= len(labels) <= MOST_LABELS:
        code = "LEARNING_ONE_LABEL" if len(labels) < 2 else "LEARNING_MANY_LABELS"
        raise UserError(code, label=examples.label, count=len(labels), limit=MOST_LABELS)
    lexicon = learn_lexicon(examples.texts)
    past = lexicon.vectors(examples.texts)
    place = {label: at for at, label in enumerate(labels)}
    went = np.fromiter((place[label] for label in examples.labels), np.int32, len(examples))
    prior = (np.bincount(went, minlength=len(labels)) / len(went)).astype(np.float32)
    target = -np.tile(prior, (len(went), 1))
    target[np.arange(len(went)), went] += 1
    pull, unseen = _solve(past, target, went, prior)
    _, floor, power = _calibrated(unseen + prior, went)
    chances = probabilities(unseen + prior, floor, power)
    sure = sure_from(chances.max(axis=1), chances.argmax(axis=1) == went)
    return PracticeModel(
        label=examples.label,
        labels=labels,
        lexicon=lexicon,
        past=past,
        went=went,
        pull=pull,
        prior=prior,
        floor=floor,
        power=power,
        sure_from=sure,
    )


def sure_from(top: Floats, right: np.ndarray) -> float:
    """The least probability from which on 95 % of the predictions were right; above 1 if none."""
    order = np.argsort(-top, kind="stable")
    good = np.flatnonzero(np.cumsum(right[order]) >= RIGHT_WHEN_SURE * np.arange(1, len(top) + 1))
    return float(top[order[good[-1]]]) if good.size else 1.01


def _solve(past: csr_matrix, target: Floats, went: np.ndarray, prior: Floats) -> tuple[Floats, Floats]:
    """Pulls and left-out scores with the best ridge; many tickets are solved in parts.

    Parts are drawn by turns, so that each holds old and new tickets; their solutions are averaged
    (divide and conquer). The ridge is chosen on some of the tickets.
    """
    trial = np.arange(0, len(target), -(-len(target) // TRIAL))
    kernel = _kernel(past[trial])
    losses = {
        ridge: _calibrated(_solve_part(kernel, target[trial], ridge).unseen + prior, went[trial])[0]
        for ridge in RIDGES
    }
    ridge = min(RIDGES, key=lambda one: losses[one])
    pull, unseen = np.zeros_like(target), np.zeros_like(target)
    parts = -(-len(target) // PART)
    for start in range(parts):
        rows = np.arange(start, len(target), parts)
        solved = _solve_part(_kernel(past[rows]), target[rows], ridge)
        pull[rows], unseen[rows] = solved.pull / parts, solved.unseen
    return pull, unseen


def _kernel(part: csr_matrix) -> Floats:
    """How alike each ticket is to each other (ordered for the solver)."""
    kernel: Floats = np.asfortranarray((part @ part.T).toarray(), dtype=np.float32)
    return kernel


def _solve_part(kernel: Floats, target: Floats, ridge: float) -> _Solved:
    matrix = kernel.copy(order="F")
    matrix[np.diag_indices_from(matrix)] += ridge
    factor, failed = lapack.spotrf(matrix, lower=1, overwrite_a=1, clean=0)
    inverse, singular = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or singular:  # a positive ridge keeps the matrix regular
        raise ArithmeticError(f"kernel not positive: {failed}, {singular}")
    pull: Floats = np.ascontiguousarray(blas.ssymm(1.0, inverse, target, side=0, lower=1))
    unseen: Floats = (target - pull / np.diag(inverse)[:, None]).astype(np.float32)
    return _Solved(pull, unseen)


def _calibrated(scores: Floats, went: np.ndarray) -> tuple[float, float, float]:
    """The least mean log loss, and the floor and power of ``probabilities`` that give it."""
    at = np.arange(len(went))

    def loss(floor: float, power: float) -> float:
        chances = probabilities(scores, floor, power)[at, went]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return min((loss(floor, power), floor, power) for floor in FLOORS for power in POWERS)
