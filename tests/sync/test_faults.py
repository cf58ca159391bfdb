"""Seats, a centre and a faulty link at random; the long run is ``main.py bench faults``."""

from __future__ import annotations

import pytest

from bench.faults import run


@pytest.mark.timeout(300)
def test_random_faults_lose_and_double_nothing_and_the_checks_can_fail() -> None:
    figures = run(None, runs=6, steps=15)
    assert figures["failure"] == ""
    assert figures["runs"] >= 6  # few runs may by chance meet no fault; the long run meets many
    assert figures["caught_as"] == "doubled"
