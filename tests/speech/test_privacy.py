"""Personal numbers are found in what was said, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.privacy import MASK, PrivateKind, find_private, mask_text, masked
from speech.utterance import Speaker, Utterance

CASES = Path(__file__).with_name("privacy_cases.txt")


def read_case(line: str) -> tuple[list[Utterance], set[tuple[int, int]]]:
    """The talk of a line, and (turn, offset) of each letter and digit that is personal."""
    talk, private = [], set()
    for number, turn in enumerate(line.split(" / ")):
        speaker = Speaker.OPERATOR if turn.startswith("o:") else Speaker.CALLER
        plain = ""
        inside = False
        for char in turn.removeprefix("o:"):
            if char in "[]":
                inside = char == "["
                continue
            if inside and char.isalnum():
                private.add((number, len(plain)))
            plain += char
        talk.append(Utterance(str(number), speaker, number, number + 0.9, plain, plain, "test"))
    return talk, private


def found_in(talk: list[Utterance]) -> set[tuple[int, int]]:
    return {
        (span.turn, at)
        for span in find_private(talk)
        for at in range(span.start, span.end)
        if talk[span.turn].text[at].isalnum()
    }


def cases() -> list[str]:
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_precision_and_recall_over_the_list() -> None:
    """By examples: found = the example's personal numbers exactly, or nothing in one without."""
    wrong, missed = [], []
    with_number = 0
    for line in cases():
        talk, private = read_case(line)
        found = found_in(talk)
        with_number += bool(private)
        if found - private:
            wrong.append(line)
        if private - found:
            missed.append(line)
    assert len(cases()) >= 200
    hits = with_number - len(missed)
    assert hits / (hits + len(wrong)) >= 0.99, wrong
    assert hits / with_number >= 0.99, missed


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
    talk, _ = read_case("我姓张，电话[一三八零] / o:嗯 / [零一三八零零一]，麻烦尽快")
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
