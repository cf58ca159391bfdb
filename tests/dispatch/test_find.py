"""Pickers answer to Chinese, pinyin, initials and codes."""

import pytest

from app.dispatch.find import find_categories, find_places, find_units, prepare


@pytest.mark.parametrize("typed", ["望京", "wangjing", "wj", "朝阳区望京"])
def test_a_street_is_found_however_it_is_typed(typed: str) -> None:
    prepare()
    assert ("朝阳区", "望京街道") in find_places(typed)


def test_a_district_alone_is_found_before_its_streets() -> None:
    assert find_places("海淀区")[0] == ("海淀区", None)


def test_streets_of_one_name_are_all_found() -> None:
    found = {district for district, street in find_places("八里庄街道") if street == "八里庄街道"}
    assert found == {"朝阳区", "海淀区"}


@pytest.mark.parametrize("typed", ["停水", "tingshui", "ts"])
def test_an_item_is_found_however_it_is_typed(typed: str) -> None:
    assert any(category.path[-1] == "停水" for category in find_categories(typed))


def test_a_unit_is_found_by_a_part_of_its_name_and_by_initials() -> None:
    assert "北京市自来水集团" in find_units("自来水")
    assert "望京街道办事处" in find_units("wjjd")


@pytest.mark.parametrize("typed", ["", " ", "😀", "zzzzzz", "'" * 1000, "停" * 5000])
def test_anything_may_be_typed(typed: str) -> None:
    for find in (find_categories, find_places, find_units):
        assert isinstance(find(typed), tuple)
        assert find(typed, limit=0) == ()
