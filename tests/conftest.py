"""What tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sound_server import sound_server as sound_server


@pytest.fixture(scope="session")
def hotline_data() -> Path:
    """The measurement data (``calls/``, ``kb/`` …); the test is skipped where it is absent."""
    folder = os.environ.get("HOTLINE_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HOTLINE_DATA does not name the folder with the measurement data")
    return Path(folder)
