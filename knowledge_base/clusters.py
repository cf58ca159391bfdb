"""Short texts about the same thing, put together: what editors see of many searches and reports."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from knowledge_base.analysis import is_han, normalise, query_words
from knowledge_base.cluster import Cluster
from knowledge_base.query import plain_question

SAME = 0.5
"""Share of their features from which two texts are about the same thing."""


def clusters(texts: Iterable[str]) -> tuple[Cluster, ...]:
    """The texts in clusters, the largest first. Each joins the likest before it, or begins one."""
    found: list[tuple[Cluster, set[str]]] = []
    for text in texts:
        features = _features(text)
        shares = [_share(features, own) for _, own in found]
        best = max(range(len(found)), key=shares.__getitem__, default=-1)
        if best < 0 or shares[best] < SAME:
            found.append((Cluster(), features))
            best = len(found) - 1
        cluster = found[best][0]
        cluster.count += 1
        cluster.wordings[text] = cluster.wordings.get(text, 0) + 1
    return tuple(sorted((cluster for cluster, _ in found), key=lambda cluster: -cluster.count))


def _features(text: str) -> set[str]:
    question = plain_question(text) or normalise(text)
    pairs = {a + b for a, b in pairwise(question) if is_han(a) and is_han(b)}
    return {*query_words(question), *pairs} or {question}


def _share(one: set[str], other: set[str]) -> float:
    """Of the shorter text, so that a longer wording of the same thing joins it."""
    return len(one & other) / min(len(one), len(other))
