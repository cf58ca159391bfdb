"""A telephone number that was not heard whole: no field, but a question."""

from __future__ import annotations

import pytest

from app.dispatch.ask_back import next_question
from app.dispatch.catalogue import bundled_catalogue
from app.dispatch.matcher import rank_items
from app.domain.call import Speaker, Utterance
from app.domain.ticket import Handling, RequestType
from app.intake.caller import find_phone


def talk(*turns: tuple[Speaker, str]) -> list[Utterance]:
    return [
        Utterance(str(number), speaker, number, number + 0.9, text, text, "test")
        for number, (speaker, text) in enumerate(turns)
    ]


@pytest.mark.parametrize(
    "said", ["13800138011…", "1380138011…", "138…0013801", "一三八零零一三八零零一…"]
)
def test_it_does_not_become_the_callers_number(said: str) -> None:
    assert find_phone(talk((Speaker.CALLER, f"我姓张，电话是{said} 麻烦尽快"))) is None


def test_said_again_it_counts() -> None:
    found = find_phone(
        talk(
            (Speaker.CALLER, "电话是1380138011…"),
            (Speaker.OPERATOR, "请您再报一遍电话号码，慢一点，好吗？"),
            (Speaker.CALLER, "13800138001"),
        )
    )
    assert found is not None
    assert found.value == "13800138001"


def question(*said: tuple[Speaker, str]) -> str:
    """The wording of the next question about a matter that is clear but for the number."""
    asked = next_question(
        rank_items(bundled_catalogue(), said, type=RequestType.HELP),
        district="昌平区",
        street="回龙观街道",
        place="龙泽苑东区",
        caller_name="张",
        caller_phone=None,
        said=said,
        handling=Handling.DISPATCH,
    )
    return asked.wording if asked else ""


def test_the_operator_is_told_to_ask_again_once() -> None:
    words = (Speaker.CALLER, "我们小区停水了，我姓张，电话是1380138011…")
    assert "再报一遍电话" in question(words)
    assert "再报一遍电话" not in question(
        words, (Speaker.OPERATOR, "请您再报一遍电话号码，慢一点，好吗？")
    )
    assert "再报一遍电话" not in question((Speaker.CALLER, "我们小区停水了，我姓张"))
