"""How a type of request is told counts where nobody names it, and only there."""

from __future__ import annotations

from time import process_time

import pytest

from app.domain.ticket import RequestType
from app.intake.dialogue import parse_dialogue
from app.intake.kind import find_kind
from app.intake.telling import lean

PRAISED = """operator: 您好。
caller: 我没带伞，公交司机把自己的雨衣借给我了，第二天我去还，人家连杯奶茶都不肯喝，小伙子真好。
operator: 好的，我们会转达。"""
ASKED = """operator: 您好。
caller: 孩子出生一个多月了，想问问户口是随我还是随他爸，出生证先办还是后办呀？
operator: 随父随母都可以，凭出生证到派出所办理。"""


@pytest.mark.parametrize(
    ("call", "kind"), [(PRAISED, RequestType.PRAISE), (ASKED, RequestType.QUESTION)]
)
def test_the_telling_leans_to_the_type(call: str, kind: RequestType) -> None:
    leaning = lean(parse_dialogue(call))
    assert max(leaning, key=lambda one: leaning[one]) is kind
    found = find_kind(parse_dialogue(call))
    assert found is not None
    assert found.type is kind


def test_the_callers_own_word_is_not_overruled() -> None:
    found = find_kind(parse_dialogue(PRAISED.replace("caller: ", "caller: 我要投诉。")))
    assert found is not None
    assert found.type is RequestType.COMPLAINT


def test_nothing_and_very_much_are_read_at_once() -> None:
    assert set(lean([]).values()) == {0.0}
    began = process_time()
    lean(parse_dialogue("caller: " + "啊嗯这个那个" * 20_000))
    assert process_time() - began < 1
