"""The character error rate that everybody measures with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.evaluate import cer, corpus_cer, errors, normalise

CHINESE = st.text(alphabet="一二三十零百停水电回龙观街道0123456789，。 abc", max_size=30)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("您好，请问有什么可以帮您？", "您好请问有什么可以帮您", 0.0),
        ("您好请问", "您好 請問", 0.0),
        ("一二三四五热线", "12345熱線", 0.0),
        ("二十号楼", "20号楼", 0.0),
        ("二〇号楼", "二零号楼", 1 / 4),
        ("拨打一一九", "拨打119", 0.0),
        ("幺三八", "138", 0.0),
        ("停水", "停电", 0.5),
        ("停水", "", 1.0),
        ("停水", "停停水水", 1.0),
        ("", "", 0.0),
        ("", "好", 1.0),
    ],
)
def test_only_what_was_said_counts(reference: str, hypothesis: str, expected: float) -> None:
    assert cer(reference, hypothesis) == pytest.approx(expected)


def test_long_texts_weigh_more() -> None:
    assert corpus_cer([("停水停水", "停水停水"), ("停", "电")]) == pytest.approx(1 / 5)


@given(CHINESE)
def test_a_text_agrees_with_itself(text: str) -> None:
    assert errors(text, text)[0] == 0
    assert normalise(normalise(text)) == normalise(text)


@given(CHINESE, CHINESE)
def test_errors_never_exceed_the_longer_text(reference: str, hypothesis: str) -> None:
    wrong, length = errors(reference, hypothesis)
    assert wrong >= 0
    assert length <= 40 * max(1, len(reference))
