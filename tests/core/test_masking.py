"""Numbers, names and addresses are made unreadable wherever nobody may read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.masking import mask_text


@given(st.text(alphabet=st.sampled_from(list("欧阳测试0123456789 -零一二abc@.")), max_size=60))
def test_no_long_number_survives_masking(words: str) -> None:
    masked = mask_text(f"{words}13800138000", ["欧阳测试"], entirely=True)
    assert "13800138000" not in masked
    assert "欧阳测试" not in masked


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("电话13800138000。", "电话138****00。"),
        ("138 0013 8000", "138****00"),
        ("010-65001234", "010****34"),
        ("身份证11010119900307123X", "身份证110****3X"),
        ("一三八零零一三八零零零", "***"),
        ("a.b@example.cn", "***"),
        ("2020-2026年，2026-11-22，1201室，5000元", "2020-2026年，2026-11-22，1201室，5000元"),
    ],
)
def test_numbers_in_running_text(words: str, masked: str) -> None:
    assert mask_text(words) == masked
