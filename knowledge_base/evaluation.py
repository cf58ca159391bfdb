"""How good a search is, on questions whose answers are known."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resources.errors import UserError

Ask = Callable[[str], Sequence[str]]
"""A question → the ids of the articles found, best first."""
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids of the articles that answer it."""

    text: str
    relevant: frozenset[str]


def read_questions(path: Path) -> list[Question]:
    """Questions from lines of ``{"text", "relevant": [id, …]}``.

    Raises ``UserError("QUESTIONS_UNREADABLE")`` naming the line that is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise UserError("QUESTIONS_UNREADABLE", path=path, detail=error) from error
    found: list[Question] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_question(json.loads(line)))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                detail = f"line {number}: {type(error).__name__}: {error}"[:200]
                raise UserError("QUESTIONS_UNREADABLE", path=path, detail=detail) from error
    if not found:
        raise UserError("QUESTIONS_UNREADABLE", path=path, detail="no questions")
    return found


def _question(row: Any) -> Question:
    relevant = frozenset(map(str, row["relevant"]))
    if not relevant or isinstance(row["relevant"], str):
        raise ValueError("`relevant` must list article ids")
    return Question(str(row["text"]), relevant)


def evaluate(ask: Ask, questions: Sequence[Question]) -> dict[str, float]:
    """Mean nDCG@10, hit@1, hit@5, MRR@10 and the latency of one question after the other."""
    gains = {"ndcg_at_10": 0.0, "hit_at_1": 0.0, "hit_at_5": 0.0, "mrr": 0.0}
    times: list[float] = []
    for question in questions:
        begin = time.perf_counter()
        found = ask(question.text)[:_DEPTH]
        times.append(1000 * (time.perf_counter() - begin))
        good = [identifier in question.relevant for identifier in found]
        ideal = sum(1 / math.log2(rank + 2) for rank in range(min(_DEPTH, len(question.relevant))))
        gains["ndcg_at_10"] += (
            sum(1 / math.log2(rank + 2) for rank, hit in enumerate(good) if hit) / ideal
        )
        gains["hit_at_1"] += any(good[:1])
        gains["hit_at_5"] += any(good[:5])
        gains["mrr"] += next((1 / (rank + 1) for rank, hit in enumerate(good) if hit), 0.0)
    return {name: round(gain / len(questions), 4) for name, gain in gains.items()} | latency(times)


def latency(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile of times in milliseconds, and their number."""
    p50, p95 = (round(float(np.percentile(times, share)), 2) for share in (50, 95))
    return {"p50_ms": p50, "p95_ms": p95, "n": len(times)}
