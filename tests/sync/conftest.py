"""Seats with tickets for a real centre."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from seat_under_test import SeatUnderTest


@pytest.fixture
def make_seat(tmp_path: Path) -> Iterator[Callable[[str], SeatUnderTest]]:
    """Makes seats by name."""
    made: list[SeatUnderTest] = []

    def make(name: str) -> SeatUnderTest:
        made.append(SeatUnderTest(tmp_path / name))
        return made[-1]

    yield make
    for seat in made:
        seat.close()


@pytest.fixture
def seat(make_seat: Callable[[str], SeatUnderTest]) -> SeatUnderTest:
    """One seat."""
    return make_seat("seat")
