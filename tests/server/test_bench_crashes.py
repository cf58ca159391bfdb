"""Seats and a centre that are killed at any moment: what was on disk arrives, once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.crashes import kill_both
from bench.postgres import new_database


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_kills_at_random_moments_lose_and_double_nothing(postgres: str, tmp_path: Path) -> None:
    figures = kill_both(new_database(postgres), tmp_path, kills=6)
    assert min(figures["seat_kills"], figures["centre_kills"]) >= 6
    assert figures["failures"] == []
    assert figures["killed_at_work"] > 0
    assert figures["tickets"] > 6
    assert {figures[key] for key in ("lost", "doubled", "unasked")} == {0}
