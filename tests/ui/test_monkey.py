"""Some thousand events of a hand that knows nothing, in a real window: nothing breaks, nothing is lost.

The whole million is ``main.py bench monkey``.
"""

from __future__ import annotations

import pytest

from bench import monkey

EVENTS, SEED = 1_500, 2
"""Seed 2 has lost what was typed while the next call was being taken."""


@pytest.mark.timeout(300)
def test_random_events_break_nothing_and_lose_no_draft() -> None:
    figures = monkey.run(None, events=EVENTS, seeds=(SEED,))
    assert figures["events"] == EVENTS
    assert min(figures["calls"], figures["checks"]) >= 1
    bad = {name: figures[name] for name in ("crashes", "exceptions", "qt_criticals", "lost_drafts")}
    assert not any(bad.values()), figures["faults"]
