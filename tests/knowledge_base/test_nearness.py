"""Nearness by meaning: freed of what all questions share and of articles near to everything."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.nearness import Nearness
from knowledge_base.vector_file import HalfVectors

SIZE = 32
COUNT = 400


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def base() -> tuple[list[HalfVectors], np.ndarray]:
    """Articles of one passage each whose title means the same, and what questions share."""
    chance = np.random.default_rng(7)
    subjects = unit(chance.standard_normal((COUNT, SIZE)))
    asking = 2 * unit(chance.standard_normal(SIZE))
    own = [np.stack((unit(s + asking), s)).astype(np.float16) for s in subjects]
    return own, asking


def test_a_question_finds_its_article_under_what_all_questions_share(
    base: tuple[list[HalfVectors], np.ndarray],
) -> None:
    own, asking = base
    nearness = Nearness.of(range(COUNT), own, SIZE)
    chance = np.random.default_rng(8)
    corrected = plain = 0
    for number in range(0, COUNT, 8):
        meant = own[number][1].astype(np.float32) + 0.7 * unit(chance.standard_normal(SIZE))
        question = unit(meant + asking)
        corrected += int(nearness.scores(question).argmax()) == number
        plain += int(np.argmax([nearness.cosine(at, question) for at in range(COUNT)])) == number
    assert corrected > plain
    assert corrected >= 40


def test_an_article_near_to_everything_gives_way(base: tuple[list[HalfVectors], np.ndarray]) -> None:
    own, asking = base
    middle = unit(sum(vectors[1].astype(np.float32) for vectors in own[:60]))
    crowded = [*own, np.stack((unit(middle + asking), middle)).astype(np.float16)]
    nearness = Nearness.of(range(COUNT + 1), crowded, SIZE)
    crowds = nearness.crowds
    assert crowds[COUNT] > np.median(crowds[:60])


def test_few_articles_and_none_can_be_asked() -> None:
    assert len(Nearness.of((), (), SIZE).documents) == 0
    single = [unit(np.ones((3, SIZE))).astype(np.float16)]
    found = Nearness.of((4,), single, SIZE).scores(unit(np.ones(SIZE)))
    assert np.isfinite(found).all()
