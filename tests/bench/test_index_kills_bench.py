"""The benchmark that kills programs while they index says what the next start finds."""

from __future__ import annotations

from pathlib import Path

from bench.index_kills import kills


def test_search_answers_and_nothing_is_missing_after_kills(tmp_path: Path) -> None:
    figures = kills(tmp_path, trials=3)
    assert (figures["search_answers"], figures["nothing_missing"]) == (3, 3)
