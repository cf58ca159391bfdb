"""Short texts about the same thing, put together: what editors see of many searches and reports."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from knowledge_base.analysis import is_han, normalise, query_words
from knowledge_base.cluster import Cluster
from knowledge_base.query import plain_question

SAME = 0.5
"""Share of their features from which two texts are about the same thing."""


def clusters(texts: Iterable[str] | Mapping[str, int]) -> tuple[Cluster, ...]:
    """The texts, or how often each came, in clusters, the largest first. Each joins the likest before
    it, or begins one."""
    found: list[tuple[Cluster, set[str]]] = []
    having: defaultdict[str, list[int]] = defaultdict(list)
    for text, times in Counter(texts).items():
        features = _features(text)
        shared = Counter(place for feature in features for place in having[feature])
        shares = {place: n / min(len(features), len(found[place][1])) for place, n in shared.items()}
        best = max(shares, key=lambda place: (shares[place], -place), default=-1)
        if best < 0 or shares[best] < SAME:
            best = len(found)
            found.append((Cluster(), features))
            for feature in features:
                having[feature].append(best)
        cluster = found[best][0]
        cluster.count += times
        cluster.wordings[text] = times
    return tuple(sorted((cluster for cluster, _ in found), key=lambda cluster: -cluster.count))


def _features(text: str) -> set[str]:
    """Words and pairs of characters; a longer wording of the same thing has those of a shorter one."""
    question = plain_question(text) or normalise(text)
    pairs = {a + b for a, b in pairwise(question) if is_han(a) and is_han(b)}
    return {*query_words(question), *pairs} or {question}
