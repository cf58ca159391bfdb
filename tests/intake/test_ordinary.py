"""What callers say on ordinary days does not flash an emergency line."""

from __future__ import annotations

from bench.prompts import run


def test_ordinary_utterances_rarely_look_like_danger() -> None:
    own = run(None)["own"]
    assert own["utterances"] >= 300
    assert own["false_per_500"] <= 1
