"""What past tickets say about a new one: probabilities, the words and the tickets behind them.

Kernel ridge regression on one-hot labels: every past ticket pulls a new one towards or away from
each label, in proportion to how alike the two are, by words and, where an embedder is installed, by
meaning. The nearest tickets and a linear model of meaning speak beside it (``blend``). A lesson lies
over all that: what was settled for a text holds for texts like it, at once and without training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack

from app.dispatch.learning.blend import (
    blended,
    calibrated,
    carried_over,
    chances_of,
    together,
    voices,
    votes_of,
)
from app.dispatch.learning.features import Floats, Lexicon, is_word, shown
from app.dispatch.learning.linear import linear_chances
from app.dispatch.learning.meaning import Meaning, nearness

NEIGHBOURS = 8
ALIKE = 0.12
"""Below this likeness a past ticket is not worth naming: common words alone reach it."""
MOST_WORDS = 3
WORDS_SHARE = 0.5
"""What the words count in the likeness of two tickets; the rest is meaning."""
_LESSON_REACH = 4
"""The power of the likeness at which a lesson holds: alone for nearly the same text."""


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
class Lessons:
    """What was settled since the training: ``labels`` holds a label's index, or ``~index`` for "not
    this one"; ``rows`` and ``vectors`` are the texts' words and meanings."""

    rows: csr_matrix
    vectors: Floats
    labels: np.ndarray


@dataclass(frozen=True, slots=True)
class _Reading:
    """One text as the model sees it; ``past`` and ``taught``: its likeness to tickets and lessons."""

    text: str
    row: csr_matrix
    vector: Floats | None
    past: Floats
    taught: Floats


@dataclass(frozen=True)
class PracticeModel:
    """A trained model; immutable: a lesson gives a new one, so that any thread may go on reading.

    ``others`` are the labels of the other kind (none where the tickets had no such column), ``past``
    past tickets × terms, ``went`` and ``went_beside`` the index of each one's label of either kind;
    ``pull`` is past tickets × labels of both kinds, ``prior`` the share of each, ``linear`` the
    weights of the linear model of both, ``weights`` those of the voices for each label, ``curve``
    what a probability of theirs was worth.
    """

    label: str
    labels: tuple[str, ...]
    others: tuple[str, ...]
    lexicon: Lexicon
    past: csr_matrix
    meaning: Meaning | None
    went: np.ndarray
    went_beside: np.ndarray
    pull: Floats
    prior: Floats
    linear: Floats
    weights: Floats
    curve: Floats
    sure_from: float
    lessons: Lessons
    _latest: list[_Reading] = field(default_factory=list, compare=False, repr=False)

    def predict(self, text: str) -> Prediction:
        """The labels of one text, likeliest first."""
        chances = self._chances(self._read(text))
        order = np.argsort(-chances, kind="stable")
        guesses = tuple(Guess(self.labels[at], float(chances[at])) for at in order)
        return Prediction(guesses, guesses[0].probability >= self.sure_from)

    def grounds(self, text: str, label: str) -> Grounds:
        """What speaks for a label in the view of this model."""
        target = self.labels.index(label)
        reading = self._read(text)
        likeness = np.concatenate([reading.past, reading.taught])
        went = np.concatenate([self.went, self.lessons.labels])
        nearest = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
        alike = [at for at in nearest if likeness[at] >= ALIKE]
        agreeing = sum(int(went[at]) == target for at in alike)
        return Grounds(self._words_for(reading.row, target), len(alike), agreeing)

    def learn(self, text: str, label: str) -> PracticeModel:
        """Take in one lesson at once: this text belongs to ``label`` (a correction, a return's end)."""
        model = self if label in self.labels else self._with_label(label)
        return model._with_lesson(text, model.labels.index(label))

    def unlearn(self, text: str, label: str) -> PracticeModel:
        """Take in that this text does not belong to ``label``, while the right one is not known."""
        if label not in self.labels:
            return self
        return self._with_lesson(text, ~self.labels.index(label))

    @cached_property
    def _columns(self) -> csc_matrix:
        return self.past.tocsc()

    @cached_property
    def _together(self) -> Floats:
        return together(self.went, self.went_beside, self._trained, len(self.others))

    @property
    def _trained(self) -> int:
        """How many labels the tickets had; lessons may have brought further ones."""
        return len(self.prior) - len(self.others)

    def _read(self, text: str) -> _Reading:
        latest = self._latest[-1] if self._latest else None
        if latest is None or latest.text != text:
            row = self.lexicon.vectors([text])
            vector = self.meaning.of(text) if self.meaning else None
            by_words = self._by_words(row)
            past = by_words
            if self.meaning and vector is not None:
                by_meaning = self.meaning.likeness(vector)
                past = WORDS_SHARE * by_words + (1 - WORDS_SHARE) * by_meaning
            latest = _Reading(text, row, vector, past, self._to_lessons(row, vector))
            self._latest[:] = [latest]
        return latest

    def _by_words(self, row: csr_matrix) -> Floats:
        """How alike in words each past ticket is, 0 to 1 (float32, one per ticket)."""
        table = self._columns
        likeness = np.zeros(len(self.went), np.float32)
        for column, weight in zip(row.indices, row.data, strict=True):
            span = slice(table.indptr[column], table.indptr[column + 1])
            likeness[table.indices[span]] += weight * table.data[span]
        return likeness

    def _to_lessons(self, row: csr_matrix, vector: Floats | None) -> Floats:
        """How alike each lesson is: exactly 1 for its own words."""
        taught = self.lessons
        sizes = np.sqrt(_squares(taught.rows) * _squares(row))
        by_words = (taught.rows @ row.T).toarray()[:, 0] / np.maximum(sizes, 1e-9)
        if vector is not None:
            share = WORDS_SHARE if row.nnz else 0.0  # no known word: the meaning alone tells
            by_words = share * by_words + (1 - share) * nearness(taught.vectors @ vector)
        likeness: Floats = by_words.astype(np.float32)
        return likeness

    def _chances(self, reading: _Reading) -> Floats:
        trained = self._trained
        scores = (self.prior + reading.past @ self.pull)[None]
        said = [
            chances_of(scores[:, :trained]),
            votes_of(reading.past[None], self.went, self.prior[:trained]),
        ]
        other = [chances_of(scores[:, trained:])] if self.others else []
        if reading.vector is not None:
            said.append(linear_chances(self.linear[:, :trained], reading.vector[None]))
            if self.others:
                other.append(linear_chances(self.linear[:, trained:], reading.vector[None]))
        said += [carried_over(one, self._together) for one in other]
        chances = np.zeros(len(self.labels), np.float32)
        chances[:trained] = calibrated(blended(voices(said), self.weights), self.curve)[0]
        return self._with_lessons(chances, reading.taught)

    def _with_lessons(self, chances: Floats, taught: Floats) -> Floats:
        """Each lesson holds as far as the text is like its own; a later one goes over an earlier."""
        for at in np.flatnonzero(taught >= ALIKE):
            holds, label = min(float(taught[at]), 1.0) ** _LESSON_REACH, int(self.lessons.labels[at])
            if label >= 0:
                chances *= 1 - holds
                chances[label] += holds
            else:
                chances[~label] *= 1 - holds
                chances /= max(float(chances.sum()), 1e-9)
        return chances

    def _words_for(self, row: csr_matrix, target: int) -> tuple[str, ...]:
        """Words whose past tickets pull towards the label, strongest first."""
        pulls = {}
        table = self._columns
        known = target < self._trained
        for column, weight in zip(row.indices, row.data, strict=True):
            term = self.lexicon.terms[column]
            if known and is_word(term):
                span = slice(table.indptr[column], table.indptr[column + 1])
                pulls[shown(term)] = weight * (
                    table.data[span] @ self.pull[table.indices[span], target]
                )
        strongest = sorted(pulls, key=lambda word: -pulls[word])
        return tuple(word for word in strongest if pulls[word] > 0)[:MOST_WORDS]

    def _with_label(self, label: str) -> PracticeModel:
        return replace(self, labels=(*self.labels, label), _latest=[])

    def _with_lesson(self, text: str, label: int) -> PracticeModel:
        reading, taught = self._read(text), self.lessons
        none = np.zeros(taught.vectors.shape[1], np.float32)
        vectors = np.vstack([taught.vectors, none if reading.vector is None else reading.vector])
        rows = vstack([taught.rows, reading.row], format="csr")
        lessons = Lessons(rows, vectors, np.append(taught.labels, label))
        return replace(self, lessons=lessons, _latest=[])


def no_lessons(terms: int, dimension: int) -> Lessons:
    """The lessons of a model that was just trained."""
    rows = csr_matrix((0, terms), dtype=np.float32)
    return Lessons(rows, np.zeros((0, dimension), np.float32), np.zeros(0, np.int32))


def _squares(rows: csr_matrix) -> Floats:
    """The squared length of each row."""
    squares: Floats = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    return squares


def labels_by_frequency(labels: Sequence[str]) -> tuple[str, ...]:
    """Each label once, commonest first, then by name."""
    return tuple(sorted((times := Counter(labels)), key=lambda label: (-times[label], label)))
