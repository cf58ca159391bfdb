"""What past tickets say about a new one: probabilities, the words and the tickets behind them.

Kernel ridge regression on one-hot labels: every past ticket pulls a new one towards or away from
each label, in proportion to how alike the two texts are. Hence every figure can be explained by the
tickets and the words it comes from, and a new lesson is one more row, not a new training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack

from app.dispatch.learning.features import Floats, Lexicon, is_word, shown

NEIGHBOURS = 8
ALIKE = 0.12
"""Below this likeness a past ticket is not worth naming: common words alone reach it."""
MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """A label with its probability."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """All labels, likeliest first. ``sure``: at this probability 95 % were right in training."""

    guesses: tuple[Guess, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a label: the words that speak for it, and how many of the most alike tickets went there."""

    words: tuple[str, ...]
    alike: int
    agreeing: int


@dataclass(frozen=True)
class PracticeModel:
    """A trained model; immutable: a lesson gives a new one, so that any thread may go on reading.

    ``past``: past tickets × terms; ``went``: index of each one's label; ``pull``: past tickets ×
    labels; ``prior``: share of each label; ``floor`` and ``power`` turn scores into probabilities.
    """

    label: str
    labels: tuple[str, ...]
    lexicon: Lexicon
    past: csr_matrix
    went: np.ndarray
    pull: Floats
    prior: Floats
    floor: float
    power: float
    sure_from: float

    def predict(self, text: str) -> Prediction:
        """The labels of one text, likeliest first."""
        chances = self._chances(self._scores(self._likeness(text)))
        order = np.argsort(-chances, kind="stable")
        guesses = tuple(Guess(self.labels[at], float(chances[at])) for at in order)
        return Prediction(guesses, guesses[0].probability >= self.sure_from)

    def grounds(self, text: str, label: str) -> Grounds:
        """What speaks for a label in the view of this model."""
        target = self.labels.index(label)
        row = self.lexicon.vectors([text])
        likeness = self._likeness(text)
        nearest = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
        alike = [at for at in nearest if likeness[at] >= ALIKE]
        agreeing = sum(int(self.went[at]) == target for at in alike)
        return Grounds(self._words_for(row, target), len(alike), agreeing)

    def learn(self, text: str, label: str) -> PracticeModel:
        """Take in one lesson at once: this text belongs to ``label`` (a correction, a return's end).

        A settled lesson is no noise: its text scores from now on exactly as it should.
        """
        model = self if label in self.labels else self._with_label(label)
        wanted = np.zeros(len(model.labels), np.float32)
        wanted[model.labels.index(label)] = 1
        return model._with_row(text, wanted, model.labels.index(label))

    def unlearn(self, text: str, label: str) -> PracticeModel:
        """Take in that this text does not belong to ``label``, while the right one is not known."""
        if label not in self.labels:
            return self
        wanted = self._scores(self._likeness(text))
        wanted[self.labels.index(label)] = wanted.min()  # behind every other label
        return self._with_row(text, wanted, -1)

    @cached_property
    def _columns(self) -> csc_matrix:
        return self.past.tocsc()

    def _likeness(self, text: str) -> Floats:
        """How alike each past ticket is, 0 to 1 (float32, one per ticket)."""
        row = self.lexicon.vectors([text])
        table = self._columns
        likeness = np.zeros(len(self.went), np.float32)
        for column, weight in zip(row.indices, row.data, strict=True):
            span = slice(table.indptr[column], table.indptr[column + 1])
            likeness[table.indices[span]] += weight * table.data[span]
        return likeness

    def _scores(self, likeness: Floats) -> Floats:
        scores: Floats = self.prior + likeness @ self.pull
        return scores

    def _chances(self, scores: Floats) -> Floats:
        chances: Floats = probabilities(scores[None], self.floor, self.power)[0]
        return chances

    def _words_for(self, row: csr_matrix, target: int) -> tuple[str, ...]:
        """Words whose past tickets pull towards the label, strongest first."""
        pulls = {}
        table = self._columns
        for column, weight in zip(row.indices, row.data, strict=True):
            term = self.lexicon.terms[column]
            if is_word(term):
                span = slice(table.indptr[column], table.indptr[column + 1])
                pulls[shown(term)] = weight * (
                    table.data[span] @ self.pull[table.indices[span], target]
                )
        strongest = sorted(pulls, key=lambda word: -pulls[word])
        return tuple(word for word in strongest if pulls[word] > 0)[:MOST_WORDS]

    def _with_label(self, label: str) -> PracticeModel:
        none = np.zeros((len(self.went), 1), np.float32)
        return replace(
            self,
            labels=(*self.labels, label),
            pull=np.hstack([self.pull, none]),
            prior=np.append(self.prior, np.float32(0)),
        )

    def _with_row(self, text: str, wanted: Floats, went: int) -> PracticeModel:
        likeness = self._likeness(text)
        row = self.lexicon.vectors([text])
        itself = float(row.multiply(row).sum())
        step = (wanted - self._scores(likeness)) / max(itself, 0.5)
        return replace(
            self,
            past=vstack([self.past, row], format="csr"),
            went=np.append(self.went, went),
            pull=np.vstack([self.pull, step.astype(np.float32)]),
        )


def probabilities(scores: Floats, floor: float, power: float) -> Floats:
    """Rows of scores as rows of probabilities.

    A score is itself a shrunken estimate of a probability, so it is raised to a power rather than
    exponentiated; below zero it fades out smoothly from ``floor``.
    """
    positive = np.maximum(scores, 0) + floor * np.exp(np.minimum(scores, 0) / floor)
    powers = positive**power
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


def labels_by_frequency(labels: Sequence[str]) -> tuple[str, ...]:
    """Each label once, commonest first, then by name."""
    return tuple(sorted((times := Counter(labels)), key=lambda label: (-times[label], label)))
