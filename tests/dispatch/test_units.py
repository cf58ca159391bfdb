"""The unit directory: every place has its units, by every name people use."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.dispatch.find import find_units
from app.dispatch.units import UnitLevel, bundled_units, import_units
from resources.errors import UserError
from resources.places import bundled_gazetteer

DIRECTORY = bundled_units()
GAZETTEER = bundled_gazetteer()
HEADER = "name,kind,district,street,aliases,contact\n"


def _name(kind: str, district: str | None = None, street: str | None = None) -> str | None:
    unit = DIRECTORY.resolve(kind, district, street)
    return unit.name if unit else None


def test_every_street_of_every_district_has_an_office_of_its_own() -> None:
    assert len(GAZETTEER.districts) == 16
    assert len(GAZETTEER.streets) == 349
    names = {
        (street.district, _name("街道", street.district, street.name)) for street in GAZETTEER.streets
    }
    assert len(names) == 349
    endings = ("街道办事处", "地区办事处", "镇人民政府", "乡人民政府", "管理委员会")
    assert all(name and name.endswith(endings) for _, name in names)


@pytest.mark.parametrize(
    ("district", "street", "office"),
    [
        ("大兴区", "黄村地区", "黄村镇人民政府"),
        ("大兴区", "黄村镇", "黄村镇人民政府"),
        ("大兴区", "黄村", "黄村镇人民政府"),
        ("顺义区", "仁和镇", "仁和镇人民政府"),
        ("顺义区", "杨镇地区", "杨镇人民政府"),
        ("通州区", "梨园镇", "梨园镇人民政府"),
        ("通州区", "于家务回族乡", "于家务回族乡人民政府"),
        ("朝阳区", "将台地区", "将台地区办事处"),
        ("朝阳区", "来广营乡", "来广营地区办事处"),
        ("朝阳区", "八里庄街道", "八里庄街道办事处"),
        ("海淀区", "八里庄街道", "八里庄街道办事处"),
        ("海淀区", "四季青镇", "四季青镇人民政府"),
        ("平谷区", "平谷镇", "平谷镇人民政府"),
        ("房山区", "新镇街道", "新镇街道办事处"),
        ("大兴区", "北京经济技术开发区", "北京经济技术开发区管理委员会"),
    ],
)
def test_offices_are_called_what_they_are_called(district: str, street: str, office: str) -> None:
    assert _name("街道", district, street) == office


def test_a_street_is_not_found_in_another_district() -> None:
    assert _name("街道", "海淀区", "望京街道") is None
    assert _name("街道", None, "望京街道") is None


def test_every_district_kind_names_a_unit_in_every_district_or_says_none() -> None:
    kinds = [kind for kind in DIRECTORY.kinds.values() if kind.level is UnitLevel.DISTRICT]
    missing = {
        (kind.name, district.name)
        for kind in kinds
        for district in GAZETTEER.districts
        if DIRECTORY.resolve(kind.name, district.name) is None
    }
    inner = ("东城区", "西城区", "朝阳区", "海淀区", "丰台区", "石景山区")
    rural = {("区农业农村局", d) for d in ("东城区", "西城区", "石景山区")}
    assert missing == {("区交通局", district) for district in inner} | rural
    assert all(kind.above in DIRECTORY.kinds for kind in kinds)


def test_names_follow_the_district() -> None:
    assert _name("公安分局", "大兴区") == "北京市公安局大兴分局"
    assert _name("区教委", "海淀区") == "海淀区教育委员会"
    assert _name("区城管执法局", "朝阳区") == "朝阳区城市管理综合行政执法局"
    assert _name("区规自分局", "通州区") == "北京市规划和自然资源委员会通州分局"
    assert _name("区教委", None) is None
    assert _name("市公交集团") == "北京公共交通控股（集团）有限公司"
    assert _name("没有这种单位", "海淀区") is None


def test_units_are_found_as_operators_type() -> None:
    assert find_units("自来水", 3)[0] == "北京市自来水集团"
    assert "望京街道办事处" in find_units("wangjing", 5)
    assert "回龙观街道办事处" in find_units("hlg", 5)
    assert "北京市公安局大兴分局" in find_units("大兴公安", 5)
    assert find_units("", 5) == ()


def test_a_centre_puts_its_own_units_on_top(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text(
        HEADER + "望京街道办事处,街道,朝阳区,望京街道,望京办事处 望京街办,分机 101\n"
        "未来科学城管委会,街道,昌平区,未来科学城,,\n",
        encoding="utf-8",
    )
    directory = import_units(DIRECTORY, path)
    renewed = directory.resolve("街道", "朝阳区", "望京街道")
    assert renewed is not None
    assert renewed.contact == "分机 101"
    assert directory.by_name("望京街办") == renewed
    added = directory.resolve("街道", "昌平区", "未来科学城")
    assert added is not None
    assert added.name == "未来科学城管委会"
    assert len(directory.units) == len(DIRECTORY.units) + 1
    assert DIRECTORY.by_name("望京街办") is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "UNITS_COLUMNS"),
        (b"\xff\xfe\x00\x01", "UNITS_UNREADABLE"),
        ("name,kind\n甲,街道\n".encode(), "UNITS_COLUMNS"),
        ((HEADER + ",街道,朝阳区,望京街道,,\n").encode(), "UNITS_ROW"),
        ((HEADER + "甲,外星局,朝阳区,,,\n").encode(), "UNITS_ROW"),
        ((HEADER + "甲,街道\n").encode(), "UNITS_ROW"),
        ((HEADER + "甲,街道,a,b,c,d,e,f\n").encode(), "UNITS_ROW"),
        ((HEADER + '"甲,街道,朝阳区,望京街道,,\n').encode(), "UNITS_ROW"),
        ((HEADER + "甲" * 200_000 + ",街道,朝阳区,望京街道,,\n").encode(), "UNITS_ROW"),
    ],
)
def test_hostile_unit_lists_are_refused_with_a_sentence(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(content)
    before = csv.field_size_limit(10_000_000)  # as the import of articles leaves it
    try:
        with pytest.raises(UserError) as caught:
            import_units(DIRECTORY, path)
    finally:
        csv.field_size_limit(before)
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.message("en")


def test_a_missing_or_huge_unit_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="UNITS_UNREADABLE"):
        import_units(DIRECTORY, tmp_path / "nowhere.csv")
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(21_000_000)
    with pytest.raises(UserError, match="UNITS_TOO_LARGE"):
        import_units(DIRECTORY, huge)
