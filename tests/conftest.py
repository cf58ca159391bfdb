"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from centre_process import api, centre, own_centre, postgres

from bench.sound_server import SoundServer, missing_tools, running_server

__all__ = ["api", "centre", "own_centre", "postgres"]
os.environ["JIESU_KEYRING"] = "off"  # no test may ask the user of this machine for a password


@pytest.fixture(scope="session")
def hotline_data() -> Path:
    """The measurement data (``calls/``, ``kb/`` …); the test is skipped where it is absent."""
    folder = os.environ.get("HOTLINE_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HOTLINE_DATA does not name the folder with the measurement data")
    return Path(folder)


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundServer]:
    """A private PulseAudio with one stereo null sink of 48 kHz."""
    if missing := missing_tools():
        pytest.skip(f"no sound server to test with: {', '.join(missing)} not installed")
    with running_server() as server:
        yield server
