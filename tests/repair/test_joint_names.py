"""A district and its street heard as one name; neither is believed where only ordinary words stand."""

from functools import cache

import pytest

from speech.repair import Repairer


@cache
def repairer() -> Repairer:
    return Repairer()


JOINT = [
    ("睡一空感觉到飞机从头顶上过", "顺义空港街道飞机从头顶上过"),
    ("瓶古今海湖这边有人盖房", "平谷金海湖这边有人盖房"),
    ("门头沟有订阵这边", "门头沟永定镇这边"),
    ("我住昭阳小红梅香", "我住朝阳小红门乡"),
    ("景山区 国民街道的工作人员", "石景山区，广宁街道的工作人员"),
    ("海边法院给我寄了传票", "海淀法院给我寄了传票"),
]


@pytest.mark.parametrize(("heard", "right"), JOINT)
def test_a_district_and_what_follows_prove_each_other(heard: str, right: str) -> None:
    assert repairer().repair(heard).text.rstrip("。") == right


APART = [
    "你感觉到了没有",
    "我在海边散步的时候",
    "他们去方舱医院了",
    "学院路的公交车不来",
    "我去法院问过了",
    "飞机票什么时候能退",
]


@pytest.mark.parametrize("said", APART)
def test_ordinary_words_stay(said: str) -> None:
    assert repairer().repair(said).text.rstrip("。？") == said


def test_a_district_that_is_written_stays_beside_a_street_of_another() -> None:
    assert repairer().repair("西城区东直门接到的饭馆").text.startswith("西城区")


def test_a_pause_is_no_part_of_a_district() -> None:
    assert "区位" in repairer().repair("好等 区位远保密").text


def test_no_station_is_put_where_only_its_kind_was_said() -> None:
    said = repairer().repair("昌平东小头镇 地铁站外面有黑车").text
    assert said == "昌平东小口镇，地铁站外面有黑车。"


def test_the_trail_leads_back_to_what_was_heard() -> None:
    repaired = repairer().repair("睡一空感觉到飞机")
    edits = {edit.rule for edit in repaired.edits}
    assert edits == {"place", "punctuation"} or edits == {"place"}
    assert [(place.district, place.street) for place in repaired.places] == [
        ("顺义区", None),
        ("顺义区", "空港街道"),
    ]
    assert max(place.confidence for place in repaired.places) < 1
