"""Telephone numbers: right or marked, never wrong and believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.dictated import dictated, settle, whole

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("电话是13800138001 麻烦尽快", "13800138001"),
        ("電話是1380-1380-01麻煩", "1380138001"),
        ("手机号一三八零零一三八零零一", "13800138001"),
        ("电话是要3966661500 麻烦", "13966661500"),
        ("电话13901", "13901"),
        ("我住在八号楼三单元六零二", None),
        ("一共欠了1200000元", None),
        ("请拨打12345市民服务热线", None),
        ("一二三四八公共法律服务热线", None),
        ("二零二四年十一月", None),
        ("", None),
        ("身份证110101199003077715", None),
    ],
)
def test_a_number_is_found_where_one_was_meant(text: str, number: str | None) -> None:
    found = dictated(text)
    assert (found.number if found else None) == number


def test_two_readings_that_agree_are_believed() -> None:
    text = settle("电话是1380138001 麻烦尽快", lambda: ["电话13800138001", "电话是13800138001吗"])
    assert text == "电话是13800138001 麻烦尽快"


@pytest.mark.parametrize(
    "others",
    [
        [],
        ["电话是1380138001", "电话一三八零零零一"],
        ["电话是13800138001"],
        ["电话是13800138001", "电话是13800138011"],
        ["电话是13800138001", "电话是13800138001", "电话是13800138011"],
        ["我没有听清", ""],
    ],
)
def test_without_agreement_a_number_is_marked(others: list[str]) -> None:
    text = settle("电话是1380138011 麻烦尽快", lambda: others)
    assert "… 麻烦尽快" in text


def test_one_reading_counts_only_where_no_other_can_be_had() -> None:
    assert settle("电话13800138001", None) == "电话13800138001"
    assert settle("电话1380138001", None) == "电话1380138001…"


def test_text_without_a_number_is_not_read_again() -> None:
    def read_again() -> list[str]:
        raise AssertionError("nobody asked for it")

    assert settle("我家暖气不热，室温只有十五度", read_again) == "我家暖气不热，室温只有十五度"


@given(MOBILE, st.data())
def test_a_dropped_digit_is_never_believed(number: str, data: st.DataObject) -> None:
    readings = []
    for _ in range(3):
        at = data.draw(st.integers(0, 10))
        readings.append("电话" + number[:at] + number[at + 1 :])
    text = settle(readings[0], lambda: readings[1:])
    assert "…" in text or text == "电话" + number


@given(MOBILE)
def test_a_number_heard_twice_stays(number: str) -> None:
    assert whole(number)
    assert settle(f"手机号{number}，谢谢", lambda: [f"手机号 {number}"]) == f"手机号{number}，谢谢"
