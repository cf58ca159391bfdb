"""The gazetteer's names, aliases and imports, and names found by their sound."""

import pytest

from resources.errors import UserError
from resources.pinyin import PhoneticIndex, initials, pinyin_key
from resources.place_files import read_places
from resources.places import Place, PlaceKind, bundled_gazetteer
from speech.repair import PlaceFinder


def test_the_city_is_complete() -> None:
    gazetteer = bundled_gazetteer()
    assert len(gazetteer.districts) == 16
    assert len(gazetteer.streets) == 349
    assert len(gazetteer.places) > 8_000


def test_every_place_lies_somewhere_real() -> None:
    gazetteer = bundled_gazetteer()
    streets = {(street.district, street.name) for street in gazetteer.streets}
    for place in gazetteer.places:
        assert place.districts
        assert all(gazetteer.district(name) for name in place.districts), place
        if place.street is not None:
            assert (place.districts[0], place.street) in streets, place


def test_every_alias_means_something() -> None:
    gazetteer = bundled_gazetteer()
    for alias, names in gazetteer.aliases.items():
        assert gazetteer.streets_named(alias) or gazetteer.places_named(alias), alias
        assert all(gazetteer.streets_named(name) or gazetteer.places_named(name) for name in names), (
            alias
        )


@pytest.mark.parametrize(
    ("said", "official"),
    [
        ("黄村镇", "黄村地区"),
        ("黄村地区", "黄村地区"),
        ("望京", "望京街道"),
        ("建国门外街道", "建外街道"),
        ("方庄地区", "方庄街道"),
        ("平谷镇", "渔阳地区"),
        ("梨园地区", "梨园镇"),
    ],
)
def test_twin_short_and_former_names(said: str, official: str) -> None:
    assert [street.name for street in bundled_gazetteer().streets_named(said)] == [official]


@pytest.mark.parametrize(
    ("name", "street", "district"),
    [
        ("龙泽苑东区", "龙泽园街道", "昌平区"),
        ("花家地西里", "望京街道", "朝阳区"),
        ("芳古园一区", "方庄街道", "丰台区"),
        ("三里河二区", "月坛街道", "西城区"),
        ("石园北区", "石园街道", "顺义区"),
        ("长阳半岛", "长阳镇", "房山区"),
    ],
)
def test_neighbourhoods(name: str, street: str, district: str) -> None:
    homes = {(place.street, place.districts[0]) for place in bundled_gazetteer().places_named(name)}
    assert (street, district) in homes


def test_same_names_are_told_apart() -> None:
    gazetteer = bundled_gazetteer()
    assert gazetteer.districts_of("八里庄街道") == ("朝阳区", "海淀区")
    assert len(gazetteer.streets_named("八里庄街道", "海淀区")) == 1
    assert gazetteer.districts_of("朝阳") == ("朝阳区",)
    assert gazetteer.districts_of("没有这个地方") == ()


TABLE = (
    "name,kind,street,district\n"
    "幸福测试家园,neighbourhood,望京街道,朝阳区\n"
    "测试大道,road,,朝阳区;海淀区\n"
)


@pytest.mark.parametrize(
    "content", [TABLE.encode(), TABLE.encode("utf-8-sig"), TABLE.encode("gb18030")]
)
def test_own_places_are_imported_and_found(content: bytes) -> None:
    gazetteer = bundled_gazetteer()
    places = read_places(content, gazetteer)
    assert places[0] == Place("幸福测试家园", PlaceKind.NEIGHBOURHOOD, "望京街道", ("朝阳区",))
    assert places[1].districts == ("朝阳区", "海淀区")
    finder = PlaceFinder(gazetteer.with_places(places))
    names = [mention.name for mention in finder.find("我住朝阳区望京街道兴福测试家园")]
    assert names == ["朝阳区", "望京街道", "幸福测试家园"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "PLACES_UNREADABLE"),
        (b"\xff\xfe\x00\x00", "PLACES_UNREADABLE"),
        (b"\0" * 100, "PLACES_UNREADABLE"),
        ("名称,区\n甲,乙\n".encode(), "PLACES_UNREADABLE"),
        (TABLE.encode("utf-16"), "PLACES_UNREADABLE"),
        (b"x" * (17 * 1024 * 1024), "PLACES_UNREADABLE"),
        ((TABLE + '"没有结束').encode(), "PLACES_UNREADABLE"),
        ((TABLE + "甲,road,,朝阳区\n").encode(), "PLACES_ROW"),
        ((TABLE + "甲乙丙,star,,朝阳区\n").encode(), "PLACES_ROW"),
        ((TABLE + "甲乙丙,road,,浦东区\n").encode(), "PLACES_ROW"),
        ((TABLE + "甲乙丙,village,没有街道,朝阳区\n").encode(), "PLACES_ROW"),
        ((TABLE + "甲乙丙\n").encode(), "PLACES_ROW"),
        ((TABLE + "长" * 5000 + ",road,,朝阳区\n").encode(), "PLACES_ROW"),
    ],
)
def test_a_broken_list_says_what_is_wrong(content: bytes, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_places(content, bundled_gazetteer())
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.message("en")


def test_a_wrong_row_is_named_by_its_line() -> None:
    with pytest.raises(UserError) as caught:
        read_places((TABLE + "甲乙丙,road,,浦东区\n").encode(), bundled_gazetteer())
    assert caught.value.values["line"] == 4


def test_pinyin() -> None:
    assert pinyin_key("望京") == "wangjing"
    assert initials("望京街道") == "wjjd"
    assert pinyin_key("A座12号") == "azuoyierhao"
    assert pinyin_key("") == ""


NAMES = ("望京街道", "望京西园", "文景街道", "回龙观街道", "黄村镇", "A座", "十里河")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("望京", "望京街道"),
        ("wjjd", "望京街道"),
        ("wangjingx", "望京西园"),
        ("WangJing", "望京街道"),
        ("hlg", "回龙观街道"),
        ("huilguan", "回龙观街道"),
        ("网京", "望京街道"),
        ("fuilongguang", "回龙观街道"),
        ("a", "A座"),
    ],
)
def test_names_are_found_by_how_they_are_typed(typed: str, first: str) -> None:
    assert PhoneticIndex(NAMES).search(typed)[0] == first


@pytest.mark.parametrize("typed", ["", "   ", "zzzz", "😀", "'", "x" * 10_000])
def test_nothing_found_is_no_error(typed: str) -> None:
    assert PhoneticIndex(NAMES).search(typed) == []


def test_the_limit_holds() -> None:
    assert len(PhoneticIndex(NAMES).search("w", limit=2)) == 2
    assert PhoneticIndex(NAMES).search("w", limit=0) == []
    assert PhoneticIndex(("", "望京")).search("wj") == ["望京"]
