"""A whole call by somebody who sees nothing, over the real accessibility bus of a real desktop."""

from __future__ import annotations

import sys

import pytest

from bench.reader import missing_parts, run


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AT-SPI is the bus of Linux desktops")
@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_call_is_taken_filled_and_submitted_by_what_the_bus_names_and_says() -> None:
    assert missing_parts() == [], "make test installs them"
    figures = run(None)
    assert figures["unnamed"] == []
    assert figures["shown"] > 100
    assert "油烟" in figures["subject"]
    assert "花家地" in figures["place"]
    said = figures["said"]
    calls = [one.split(" · ")[0].split(" ")[0] for one in said]
    told = [one for one in calls if one in ("来电", "空闲", "通话中", "可追问", "话后整理", "已提交")]
    assert list(dict.fromkeys(told)) == ["来电", "通话中", "可追问", "话后整理", "已提交"]
    assert len(said) == len(set(said)) < 16, "nobody can listen to more beside a caller"
    assert (figures["ended"], figures["traceback"]) == (130, False)
