"""Multinomial logistic regression on the meaning of tickets: coarse, but right in other cases."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from app.dispatch.learning.features import Floats

_SCALE = 8.0
_DECAY = 12.0
"""How strongly weights are pulled to zero: labels are noisy, and less of it fits the noise."""
_STEPS = 25
FOLDS = 3


def fit_linear(vectors: Floats, went: np.ndarray, labels: int) -> Floats:
    """Weights (dimension + 1 × labels) that tell the labels apart by the vectors' directions."""
    inputs = _with_one(vectors)
    at = np.arange(len(went))
    free = np.ones((inputs.shape[1], 1), np.float32)
    free[-1] = 0  # the share of a label is not shrunk

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(inputs.shape[1], labels).astype(np.float32)
        chances = _soft(inputs @ weights)
        wrong = -np.log(chances[at, went] + 1e-12).sum()
        chances[at, went] -= 1
        slope = inputs.T @ chances + _DECAY * free * weights
        size = 0.5 * _DECAY * float((free * weights**2).sum())
        return float(wrong) + size, slope.ravel().astype(np.float64)

    start = np.zeros(inputs.shape[1] * labels)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    weights: Floats = found.x.reshape(inputs.shape[1], labels).astype(np.float32)
    return weights


def linear_chances(weights: Floats, vectors: Floats) -> Floats:
    """Rows × labels of probabilities."""
    return _soft(_with_one(vectors) @ weights)


def unseen_chances(vectors: Floats, went: np.ndarray, labels: int) -> Floats:
    """The same for the tickets learnt from, each by a fit that has not seen it."""
    fold = np.arange(len(went)) % FOLDS
    result = np.zeros((len(went), labels), np.float32)
    for one in range(FOLDS):
        weights = fit_linear(vectors[fold != one], went[fold != one], labels)
        result[fold == one] = linear_chances(weights, vectors[fold == one])
    return result


def _with_one(vectors: Floats) -> Floats:
    return np.hstack([_SCALE * vectors, np.ones((len(vectors), 1), np.float32)])


def _soft(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return result
