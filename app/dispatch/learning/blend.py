"""Several voices on one text made into probabilities: each voice is weighed by what it was worth.

The voices on the label: ridge regression, the nearest tickets, and a linear model of meaning; and
what ridge and linear model say about the *other* label (the category, for a unit), carried over by how
often the two went together. The weights are fitted on tickets no voice had seen, by log loss, so that
the result is calibrated: one for each voice, and for each label what it needs beside (ADR 0137).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from app.dispatch.learning.features import Floats

NEAREST = 40
_FLOOR, _POWER = 0.03, 2.0
_LEAST = 1e-5
_SMALLEST = 0.05
"""What a vote of the nearest leaves to the share of each label."""
_SMOOTH = 2.0
_SAMPLE = 6_000
_SHRINK = 1e-3
_CURVE_STEPS, _STEP_LEAST = 12, 50
_OWN_WEIGHT, _OWN_SHARE, _OWN_STEPS = 50.0, 30.0, 30
"""How strongly the weights of a single label are held to those of all, and its share to theirs."""
_OWN_FROM = 300
"""Fewer tickets tell nothing about single labels."""
_MOST_CELLS = 4_000_000
_FOLDS = 3
_MAIN_VOICE = 0.5
"""The ridge's weight where too few tickets speak to fit one."""


def chances_of(scores: Floats) -> Floats:
    """Rows of ridge scores as rows of probabilities.

    A score is itself a shrunken estimate of a probability, so it is raised to a power rather than
    exponentiated; below zero it fades out smoothly from a floor.
    """
    positive = np.maximum(scores, 0) + _FLOOR * np.exp(np.minimum(scores, 0) / _FLOOR)
    powers = positive**_POWER
    result: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def votes_of(likeness: Floats, went: np.ndarray, prior: Floats) -> Floats:
    """Rows of shares of each label among the nearest tickets, nearer ones counting more."""
    count = min(NEAREST, likeness.shape[1])
    near = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    weight = np.take_along_axis(likeness, near, axis=1) ** 3
    votes = np.zeros((len(likeness), len(prior)), np.float32)
    np.add.at(votes, (np.repeat(np.arange(len(likeness)), count), went[near].ravel()), weight.ravel())
    votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-9)
    result: Floats = (1 - _SMALLEST) * votes + _SMALLEST * prior
    return result


def together(went: np.ndarray, beside: np.ndarray, labels: int, others: int) -> Floats:
    """How often each label and each other label went together (labels × others, maybe none)."""
    table = np.zeros((labels, others), np.float32)
    if others:
        np.add.at(table, (went, beside), 1)
        table += _SMOOTH * table.sum(axis=1, keepdims=True) / max(float(table.sum()), 1.0)
    return table


def carried_over(chances: Floats, table: Floats) -> Floats:
    """Rows of chances of the other label as rows of chances of the label."""
    result: Floats = chances @ (table / table.sum(axis=0)).T
    return result


def carried_unseen(chances: Floats, table: Floats, went: np.ndarray, beside: np.ndarray) -> Floats:
    """The same for the tickets counted in ``table``, each as if it were not among them."""
    at = np.arange(len(went))
    own = table[:, beside].T  # tickets × labels: what went with the ticket's own other label
    less = own.copy()
    less[at, went] -= 1
    change = less / less.sum(axis=1, keepdims=True) - own / own.sum(axis=1, keepdims=True)
    result: Floats = carried_over(chances, table) + chances[at, beside][:, None] * change
    return np.maximum(result, 0)


def voices(chances: Sequence[Floats]) -> Floats:
    """Rows × labels × voices of log probabilities."""
    result: Floats = np.log(np.stack(chances, axis=2) + _LEAST)
    return result


def fit_weights(heard: Floats, went: np.ndarray) -> Floats:
    """The weight of each voice for each label, and the label's own share (labels × voices + 1), with
    the least log loss on tickets that none had seen.

    First one weight for each voice, none below zero; then what a label needs beside it, held back: a
    voice may know one label well and another badly.
    """
    common = _fit_common(heard, went)
    if len(went) < _OWN_FROM:
        return np.tile(np.append(common, 0), (heard.shape[1], 1)).astype(np.float32)
    step = -(-heard.shape[0] * heard.shape[1] // _MOST_CELLS)
    heard, went = heard[::step], went[::step]
    labels, count = heard.shape[1:]
    by_voice = np.ascontiguousarray(heard.transpose(2, 0, 1))
    start = heard @ common
    at = np.arange(len(went))
    held = np.repeat([_OWN_WEIGHT, _OWN_SHARE], [labels * count, labels])

    def loss(flat: Floats) -> tuple[float, Floats]:
        own = flat.reshape(count + 1, labels).astype(np.float32)
        scores = start + own[-1]
        for voice, weight in zip(by_voice, own, strict=False):
            scores += voice * weight
        chances = _soft(scores)
        wrong = float(-np.log(chances[at, went] + 1e-9).sum())
        chances[at, went] -= 1
        slopes = [np.einsum("nl,nl->l", chances, voice) for voice in by_voice]
        slope = np.concatenate([*slopes, chances.sum(axis=0)]) + held * flat
        return wrong + 0.5 * float(held @ flat**2), slope.astype(np.float64)

    flat = np.zeros((count + 1) * labels)
    found = minimize(loss, flat, jac=True, method="L-BFGS-B", options={"maxiter": _OWN_STEPS})
    own = found.x.reshape(count + 1, labels).T
    weights: Floats = (own + np.append(common, 0)).astype(np.float32)
    return weights


def _fit_common(heard: Floats, went: np.ndarray) -> Floats:
    step = -(-len(went) // _SAMPLE)
    heard, went = heard[::step], went[::step]
    at = np.arange(len(went))

    def loss(weights: Floats) -> tuple[float, Floats]:
        chances = _soft(heard @ weights)
        wrong = float(-np.log(chances[at, went] + 1e-9).mean())
        expected = np.einsum("nl,nlv->nv", chances, heard)
        slope = (expected - heard[at, went]).mean(axis=0) + 2 * _SHRINK * weights
        return wrong + _SHRINK * float(weights @ weights), slope.astype(np.float64)

    count = heard.shape[2]
    bounds = [(_MAIN_VOICE, None), *([(0.0, None)] * (count - 1))]
    start = np.full(count, 0.5)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 80})
    weights: Floats = found.x.astype(np.float32)
    return weights


def blended(heard: Floats, weights: Floats) -> Floats:
    """Rows × labels of probabilities."""
    return _soft(np.einsum("nlv,lv->nl", heard, weights[:, :-1]) + weights[:, -1])


def blended_unseen(heard: Floats, went: np.ndarray) -> Floats:
    """The same for the tickets learnt from, each by weights that have not seen it."""
    if len(went) < _OWN_FROM:
        return blended(heard, fit_weights(heard, went))
    fold = np.arange(len(went)) % _FOLDS
    result = np.zeros(heard.shape[:2], np.float32)
    for one in range(_FOLDS):
        weights = fit_weights(heard[fold != one], went[fold != one])
        result[fold == one] = blended(heard[fold == one], weights)
    return result


def _soft(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def fit_curve(chances: Floats, went: np.ndarray) -> Floats:
    """How often the likeliest label was right, by its probability (2 × steps, both rising)."""
    top = chances.max(axis=1)
    order = np.argsort(top, kind="stable")
    steps = np.array_split(order, max(1, min(_CURVE_STEPS, len(order) // _STEP_LEAST)))
    right = chances.argmax(axis=1) == went
    at = [top[step].mean() for step in steps]
    share = [(right[step].sum() + at[n]) / (len(step) + 1) for n, step in enumerate(steps)]
    return np.array([at, np.maximum.accumulate(share)], np.float32)


def calibrated(chances: Floats, curve: Floats) -> Floats:
    """The same rows with the likeliest label as probable as such a one was right; order is kept."""
    at = np.arange(len(chances))
    best = chances.argmax(axis=1)
    top = chances[at, best]
    shift = np.interp(top, curve[0], curve[1] - curve[0])
    wanted = np.clip(top + shift, 1e-3, 1 - 1e-3)
    result: Floats = chances * ((1 - wanted) / np.maximum(1 - top, 1e-6))[:, None]
    result = np.minimum(result, wanted[:, None])
    result[at, best] = wanted
    result /= result.sum(axis=1, keepdims=True)
    return result
