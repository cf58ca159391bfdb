"""Personal numbers are found in what was said, and nothing else is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import privacy
from speech.privacy import MASK, PrivateKind, find_private, mask_text, masked
from speech.utterance import Speaker, Utterance


def test_precision_and_recall_over_the_list() -> None:
    """By examples: found = the example's personal numbers exactly, or nothing in one without."""
    figures = privacy.run(None)
    assert figures["examples"] >= 200
    assert figures["across_turns"] >= 10
    assert figures["precision"] >= 0.99, figures["wrong"]
    assert figures["recall"] >= 0.99, figures["missed"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("电话13800138001", PrivateKind.PHONE),
        ("身份证110101199003077715", PrivateKind.IDENTITY),
        ("卡号6222020200112233445", PrivateKind.BANK_CARD),
        ("车牌京A12345", PrivateKind.PLATE),
    ],
)
def test_each_kind_has_its_name(text: str, kind: PrivateKind) -> None:
    said = Utterance("1", Speaker.CALLER, 0, 1, text, text, "test")
    assert [span.kind for span in find_private([said])] == [kind]


def test_a_masked_talk_keeps_all_else_and_no_trace_of_the_number() -> None:
    talk, _ = privacy.read_example("我姓张，电话[一三八零] / o:嗯 / [零一三八零零一]，麻烦尽快")
    hidden = masked(talk)
    assert [said.text for said in hidden] == ["我姓张，电话****", "嗯", "*******，麻烦尽快"]
    assert all("三八" not in said.heard for said in hidden)
    assert hidden[1] is talk[1]


@given(st.text(max_size=60))
def test_any_text_keeps_its_length(text: str) -> None:
    assert len(mask_text(text)) == len(text)


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "电话", "我的手机是", "您记一下，"]),
)
def test_no_mobile_number_gets_through(number: str, lead: str) -> None:
    assert not re.search(r"\d", mask_text(f"{lead}{number}，谢谢"))
    assert MASK in mask_text(f"{lead}{number}")
