"""Training on a centre's past tickets: every voice is weighed on tickets it has not seen.

Leaving one ticket out of kernel ridge regression costs nothing once the kernel is inverted, and
leaving it out of its own neighbours neither; the linear model is fitted by turns without a third.
So smoothing, the weights of the voices and the point of abstention need no tickets set aside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack
from scipy.sparse import csr_matrix

from app.dispatch.learning.blend import (
    blended_unseen,
    calibrated,
    carried_unseen,
    chances_of,
    fit_curve,
    fit_weights,
    together,
    voices,
    votes_of,
)
from app.dispatch.learning.examples import Examples
from app.dispatch.learning.features import Floats, learn_lexicon
from app.dispatch.learning.linear import fit_linear, unseen_chances
from app.dispatch.learning.meaning import Meaning, learn_meaning, nearness
from app.dispatch.learning.model import (
    WORDS_SHARE,
    PracticeModel,
    labels_by_frequency,
    no_lessons,
)
from knowledge_base.embedding import Embedder
from resources.errors import UserError

TRIAL = 2_500
"""Tickets on which the strength of smoothing is chosen."""
PART = 8_000
"""Tickets that are solved for together; memory and time grow with its square and cube."""
MOST_TICKETS = 32_000
"""Only the newest are learnt from: practice changes, and the desk must answer in milliseconds."""
MOST_MEANT = 16_000
"""The same where tickets are embedded, which takes longer than all else."""
MOST_LABELS = 2_000
RIDGES = (0.3, 0.4, 0.6, 1.2, 2.4)
RIGHT_WHEN_SURE = 0.95


@dataclass(frozen=True)
class _Solved:
    """Pulls of some tickets, and their ridge scores and their neighbours' votes, each left out."""

    pull: Floats
    unseen: Floats
    votes: Floats


@dataclass(frozen=True)
class _Task:
    """What is to be told apart: index of each ticket's label of either kind, and all labels."""

    labels: tuple[str, ...]
    others: tuple[str, ...]
    went: np.ndarray
    beside: np.ndarray

    @property
    def prior(self) -> Floats:
        """The share of each label, then of each other label."""
        counts = [np.bincount(self.went, minlength=len(self.labels))]
        if self.others:
            counts.append(np.bincount(self.beside, minlength=len(self.others)))
        shares: Floats = (np.concatenate(counts) / len(self.went)).astype(np.float32)
        return shares

    @property
    def target(self) -> Floats:
        """What is to be explained beyond the shares (tickets × labels of both kinds)."""
        prior = self.prior
        target = -np.tile(prior, (len(self.went), 1))
        at = np.arange(len(self.went))
        target[at, self.went] += 1
        if self.others:
            target[at, len(self.labels) + self.beside] += 1
        result: Floats = target
        return result


def train(examples: Examples, embedder: Embedder | None = None) -> PracticeModel:
    """A model of past tickets, oldest first; with an ``embedder`` also by their meaning.

    Raises ``UserError`` when nothing is to be told apart.
    """
    examples = examples.newest(MOST_MEANT if embedder else MOST_TICKETS)
    task = _task(examples)
    lexicon = learn_lexicon(examples.texts)
    past = lexicon.vectors(examples.texts)
    meaning = learn_meaning(embedder, examples.texts) if embedder else None
    solved = _solve(past, meaning, task)
    linear = _linear(meaning, task)
    heard = _heard(solved, meaning, task)
    weights = fit_weights(heard, task.went)
    chances = blended_unseen(heard, task.went)
    curve = fit_curve(chances, task.went)
    chances = calibrated(chances, curve)
    return PracticeModel(
        label=examples.label,
        labels=task.labels,
        others=task.others,
        lexicon=lexicon,
        past=past,
        meaning=meaning,
        went=task.went,
        went_beside=task.beside,
        pull=solved.pull,
        prior=task.prior,
        linear=linear,
        weights=weights,
        curve=curve,
        sure_from=sure_from(chances.max(axis=1), chances.argmax(axis=1) == task.went),
        lessons=no_lessons(len(lexicon.terms), embedder.dimension if embedder else 0),
    )


def sure_from(top: Floats, right: np.ndarray) -> float:
    """The least probability from which on 95 % of the predictions were right; above 1 if none."""
    order = np.argsort(-top, kind="stable")
    good = np.flatnonzero(np.cumsum(right[order]) >= RIGHT_WHEN_SURE * np.arange(1, len(top) + 1))
    return float(top[order[good[-1]]]) if good.size else 1.01


def _task(examples: Examples) -> _Task:
    labels = labels_by_frequency(examples.labels)
    if not 2 <= len(labels) <= MOST_LABELS:
        code = "LEARNING_ONE_LABEL" if len(labels) < 2 else "LEARNING_MANY_LABELS"
        raise UserError(code, label=examples.label, count=len(labels), limit=MOST_LABELS)
    others = labels_by_frequency(examples.beside)
    if not 2 <= len(others) <= MOST_LABELS - len(labels):
        others = ()
    beside = _places(examples.beside, others) if others else np.zeros(0, np.int32)
    return _Task(labels, others, _places(examples.labels, labels), beside)


def _places(values: tuple[str, ...], labels: tuple[str, ...]) -> np.ndarray:
    place = {label: at for at, label in enumerate(labels)}
    return np.fromiter((place[value] for value in values), np.int32, len(values))


def _linear(meaning: Meaning | None, task: _Task) -> Floats:
    if meaning is None:
        return np.zeros((0, len(task.prior)), np.float32)
    parts = [fit_linear(meaning.vectors, task.went, len(task.labels))]
    if task.others:
        parts.append(fit_linear(meaning.vectors, task.beside, len(task.others)))
    return np.hstack(parts)


def _heard(solved: _Solved, meaning: Meaning | None, task: _Task) -> Floats:
    """What each voice says about each ticket without having seen it."""
    count = len(task.labels)
    scores = solved.unseen + task.prior
    said = [chances_of(scores[:, :count]), solved.votes]
    other = [chances_of(scores[:, count:])] if task.others else []
    if meaning is not None:
        said.append(unseen_chances(meaning.vectors, task.went, count))
        if task.others:
            other.append(unseen_chances(meaning.vectors, task.beside, len(task.others)))
    table = together(task.went, task.beside, count, len(task.others))
    said += [carried_unseen(one, table, task.went, task.beside) for one in other]
    return voices(said)


def _solve(past: csr_matrix, meaning: Meaning | None, task: _Task) -> _Solved:
    """Pulls and left-out scores with the best ridge; many tickets are solved in parts.

    Parts are drawn by turns, so that each holds old and new tickets; their solutions are averaged
    (divide and conquer). The ridge is chosen on some of the tickets.
    """
    target = task.target
    trial = np.arange(0, len(target), -(-len(target) // TRIAL))
    kernel = _kernel(past, meaning, trial)
    losses = {ridge: _loss(_pulled(kernel, target[trial], ridge)[1], task, trial) for ridge in RIDGES}
    ridge = min(RIDGES, key=lambda one: losses[one])
    pull, unseen = np.zeros_like(target), np.zeros_like(target)
    votes = np.zeros((len(target), len(task.labels)), np.float32)
    parts = -(-len(target) // PART)
    for start in range(parts):
        rows = np.arange(start, len(target), parts)
        kernel = _kernel(past, meaning, rows)
        part, unseen[rows] = _pulled(kernel, target[rows], ridge)
        pull[rows] = part / parts
        kernel[np.diag_indices_from(kernel)] = 0
        votes[rows] = votes_of(kernel, task.went[rows], task.prior[: len(task.labels)])
    return _Solved(pull, unseen, votes)


def _kernel(past: csr_matrix, meaning: Meaning | None, rows: np.ndarray) -> Floats:
    """How alike each of some tickets is to each other (ordered for the solver)."""
    part = past[rows]
    kernel: Floats = np.asfortranarray((part @ part.T).toarray(), dtype=np.float32)
    if meaning is not None:
        vectors = meaning.vectors[rows]
        kernel *= WORDS_SHARE
        kernel += (1 - WORDS_SHARE) * nearness(vectors @ vectors.T)
    return kernel


def _pulled(kernel: Floats, target: Floats, ridge: float) -> tuple[Floats, Floats]:
    """The pulls of some tickets, and their scores with each one left out."""
    matrix = kernel.copy(order="F")
    matrix[np.diag_indices_from(matrix)] += ridge
    factor, failed = lapack.spotrf(matrix, lower=1, overwrite_a=1, clean=0)
    inverse, singular = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or singular:  # a positive ridge keeps the matrix regular
        raise ArithmeticError(f"kernel not positive: {failed}, {singular}")
    pull: Floats = np.ascontiguousarray(blas.ssymm(1.0, inverse, target, side=0, lower=1))
    unseen: Floats = (target - pull / np.diag(inverse)[:, None]).astype(np.float32)
    return pull, unseen


def _loss(unseen: Floats, task: _Task, rows: np.ndarray) -> float:
    """Mean log loss of left-out scores on the label."""
    count = len(task.labels)
    chances = chances_of((unseen + task.prior)[:, :count])[np.arange(len(rows)), task.went[rows]]
    return float(-np.log(np.maximum(chances, 1e-9)).mean())
