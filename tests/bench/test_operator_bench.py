"""The model of an operator who only accepts chips counts keys, seconds and what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from bench.operator import at_hang_up, hands, run

WHOLE = (
    "operator: 您好，请问有什么可以帮您？\n"
    "caller: 昌平区回龙观街道龙泽苑东区停水了，麻烦尽快恢复。\n"
    "operator: 已经记录，会转给相关单位。"
)
TWO = WHOLE + "\ncaller: 另外还有一个事，楼下烧烤店油烟特别大，熏得开不了窗。"


def test_one_request_takes_two_chords_and_two_take_more() -> None:
    drafts, took = at_hang_up(RuleAnalyst(), parse_dialogue(WHOLE))
    one, two = hands(drafts), hands(at_hang_up(RuleAnalyst(), parse_dialogue(TWO))[0])
    assert took > 0
    assert (one["tickets"], one["keystrokes"], one["valid_at_hang_up"]) == (1, 4, True)
    assert (two["tickets"], two["keystrokes"]) == (2, 10)
    assert two["hands_s"] > one["hands_s"] > 0


def test_a_call_that_says_nothing_is_not_valid() -> None:
    drafts, _ = at_hang_up(RuleAnalyst(), parse_dialogue("operator: 您好\ncaller: 喂，你好"))
    figures = hands(drafts)
    assert not figures["valid_at_hang_up"]
    assert "subject" in figures["missing"]


def test_most_recorded_calls_are_valid_at_hang_up() -> None:
    data = os.environ.get("HOTLINE_DATA")
    figures = run(Path(data) if data else None)
    if "skipped" in figures:
        pytest.skip("HOTLINE_DATA names no folder with recorded calls")
    valid = [one["valid_at_hang_up"] for one in figures["calls"].values()]
    assert sum(valid) >= 0.6 * len(valid)
