"""The centre answers as its own description says; the long run is ``main.py bench contract``."""

from __future__ import annotations

import pytest

from bench.contract import run


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_operation_answers_as_described() -> None:
    figures = run(None, examples=5)
    assert figures["failures"] == []
    assert figures["server_errors"] == 0
    assert figures["operations"] > 20
