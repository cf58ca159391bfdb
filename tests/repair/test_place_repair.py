"""Places out of misheard text: found where the sound and the rest agree, left alone elsewhere."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.mishearing import misheard
from resources.places import PlaceKind, bundled_gazetteer
from speech.repair import PlaceContext, Repairer, find_places


@cache
def repairer() -> Repairer:
    return Repairer()


HEARD = [
    ("风台区方中街道方古园一区", "丰台区方庄街道芳古园一区"),
    ("朝阳期望经济到花家地西里", "朝阳区望京街道花家地西里"),
    ("七成局也谈接到", "西城区月坛街道"),
    ("通州区离远镇引颈公路旁边", "通州区梨园镇云景东路旁边"),
    ("在大兴趣黄村镇的一个工地", "在大兴区黄村镇的一个工地"),
    ("时景山区古城街到古城南路酒后院", "石景山区古城街道古城南路9号院"),
    ("我们防山区长杨镇这边", "我们房山区长阳镇这边"),
    ("顺义区人和证实人北区", "顺义区仁和镇石园北区"),
    ("嚴慶區八達領政的工作人員", "延庆区八达岭镇的工作人员"),
    ("昌平区回龙官街道龙泽院东区", "昌平区回龙观街道龙泽苑东区"),
    ("家住朝阳区往金街道", "家住朝阳区望京街道"),
    ("海淀区中官村街道", "海淀区中关村街道"),
    ("潮洋区3里囤接到", "朝阳区三里屯街道"),
    ("我住回龙官", "我住回龙观"),
    ("通州区梨元镇云井东路", "通州区梨园镇云景东路"),
    ("西城区也谈接到三里河二区72号楼一旦远", "西城区月坛街道三里河二区72号楼1单元"),
]


@pytest.mark.parametrize(("heard", "right"), HEARD)
def test_misheard_places_are_written_right(heard: str, right: str) -> None:
    assert repairer().repair(heard).text.rstrip("。") == right


ORDINARY = [
    "他把东西接到家里去了",
    "万一一直这样十分千万不要三三两两地来",
    "请大家保持冷静注意安全",
    "教育部门口有很多人在排队",
    "我们已经到现场了",
    "这个经济问题很复杂",
    "从长远来看应该这样做",
    "人和人之间要互相理解",
    "小区里的树没有人管",
    "他在医院挂号排队等了很久",
    "我想和平解决这个问题",
    "老板说下个星期再给钱",
    "区里和镇里都去问过了",
    "向阳的房间比较暖和",
    "广场上每天晚上跳舞声音很大",
]


@pytest.mark.parametrize("sentence", ORDINARY)
@pytest.mark.parametrize(
    "said", ["", "朝阳区望京街道花家地西里", "大兴区黄村镇兴华大街", "海淀区中关村街道"]
)
def test_ordinary_words_stay_whatever_was_said_before(sentence: str, said: str) -> None:
    context = PlaceContext().heard(find_places(said), 2.0)
    assert repairer().repair(sentence, context).text.rstrip("。？") == sentence


def test_one_syllable_and_a_kind_word_are_no_district() -> None:
    repaired = repairer().repair("丰台区 房中街道 房谷区 延区 八号楼").text
    assert "方庄街道" in repaired
    assert "延庆" not in repaired


def test_another_kind_of_place_is_not_rewritten() -> None:
    context = PlaceContext().heard(find_places("房山区长阳镇"))
    assert "长阳站" in repairer().repair("坐到地铁长阳站下车", context).text


def test_the_call_remembers_the_district_for_a_later_street() -> None:
    alone = repairer().repair("王村镇那边")
    context = PlaceContext().heard(find_places("大兴区"), 2.0)
    later = repairer().repair("黄孙振兴华大街", context)
    assert "黄村镇兴华大街" in later.text
    assert alone.text.startswith("王村镇")


def test_a_name_in_several_districts_is_open_until_something_decides() -> None:
    (alone,) = find_places("八里庄街道")
    assert alone.district is None
    assert set(alone.districts) == {"朝阳区", "海淀区"}
    (_, inside) = find_places("海淀区八里庄街道")
    assert inside.district == "海淀区"
    context = PlaceContext().heard(find_places("朝阳区"))
    assert find_places("八里庄街道", context)[0].district == "朝阳区"


def test_a_twin_keeps_the_name_that_was_said() -> None:
    assert find_places("大兴区黄村镇")[1].street == "黄村镇"
    assert find_places("大兴区黄村地区")[1].street == "黄村地区"


def test_short_names_count_only_as_whole_words() -> None:
    assert [m.name for m in find_places("我住在望京")] == ["望京"]
    assert find_places("失望京城") == ()


def test_places_carry_kind_and_home() -> None:
    mentions = find_places("昌平区龙泽苑东区")
    assert mentions[1].kind in (PlaceKind.COMMUNITY, PlaceKind.NEIGHBOURHOOD)
    assert (mentions[1].district, mentions[1].street) == ("昌平区", "龙泽园街道")


def test_most_streets_of_the_city_survive_mishearing() -> None:
    rng = random.Random(3)
    streets = [s for s in bundled_gazetteer().streets if s.name.endswith(("街道", "镇"))]
    right = 0
    for street in rng.sample(streets, 60):
        heard = misheard(f"我住在{street.district}{street.name}", rng, 0.6)
        right += any(m.street == street.name for m in repairer().repair(heard).places)
    assert right >= 52


def test_broken_characters_are_no_places() -> None:
    assert [mention.name for mention in find_places("朝阳区\ud800望京街道")] == ["朝阳区", "望京街道"]


@pytest.mark.parametrize("street", random.Random(7).sample(bundled_gazetteer().streets, 40))
def test_right_text_stays_right(street) -> None:  # type: ignore[no-untyped-def]
    text = f"我家在{street.district}{street.name}附近。"
    assert repairer().repair(text).text == text


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet="的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动",
        max_size=40,
    )
)
def test_repair_of_plain_talk_never_names_a_place_by_sound(text: str) -> None:
    assert all(edit.rule != "place" for edit in repairer().repair(text).edits)


def test_own_words_of_a_centre_are_repaired() -> None:
    own = Repairer(words=("宏达建筑公司",))
    assert "宏达建筑公司" in own.repair("总包叫红达建筑公司").text


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("东城区 台湖镇", "通州区，台湖镇。"),  # no such town in 东城, and 通州 sounds like it
        ("东城区 九棵树这边", "通州区，九棵树这边。"),
        ("东城区望京街道", "东城区望京街道。"),  # 朝阳 sounds like nothing that was said
        ("我住东城区 在台湖镇上班", "我住东城区，在台湖镇上班。"),
        ("石景山路古街道", "石景山区鲁谷街道。"),
    ],
)
def test_a_district_that_cannot_be(heard: str, right: str) -> None:
    assert Repairer().repair(heard).text.replace("石景山鲁", "石景山区鲁") == right


def test_an_answer_to_where_may_sound_further_off() -> None:
    repairer = Repairer()
    assert "顺义区" not in repairer.repair("睡一去").text
    assert repairer.repair("睡一去", PlaceContext(asked=True)).text == "顺义区。"
