"""A centre's database, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from centre_process import new_database

from server.database import CentreDatabase, default_url
from server.seats import add_seat


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CentreDatabase]:
    with closing(CentreDatabase(new_database(request.param, request) or default_url(tmp_path))) as one:
        add_seat(one, "seat-1")
        yield one
