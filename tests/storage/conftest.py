"""Seat stores with real encryption."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.call import Call
from app.storage.seat_store import SeatStore

KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SeatStore]:
    """An empty store in ``tmp_path``."""
    opened = SeatStore(tmp_path, KEY)
    yield opened
    opened.close()


@pytest.fixture
def call(store: SeatStore) -> Call:
    """A call that the store knows."""
    begun = Call("call-1", datetime.now(UTC), "麦克风", "01085551234")
    store.start_call(begun)
    return begun
