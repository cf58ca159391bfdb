"""Time, people, sums, names and earlier calls: read as said, with proof, or left empty."""

from __future__ import annotations

import pytest

from app.domain.ticket import TicketContent
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from app.intake.numerals import large_number, money


@pytest.fixture(scope="module")
def analyst() -> RuleAnalyst:
    return RuleAnalyst()


def ticket(analyst: RuleAnalyst, talk: str) -> TicketContent:
    return analyst.analyse(parse_dialogue(talk)).tickets[0]


@pytest.mark.parametrize(
    ("words", "value", "written"),
    [
        ("五千", 5000, "5000元"),
        ("一百二十万", 1_200_000, "120万元"),
        ("三万五", 35_000, "35000元"),
        ("一万二千", 12_000, "12000元"),
        ("1.5万", 15_000, "15000元"),
        ("八百六", 860, "860元"),
        ("二点五", None, ""),
        ("万", None, ""),
    ],
)
def test_sums_are_read_and_written_in_digits(words: str, value: float | None, written: str) -> None:
    assert large_number(words) == value
    if value is not None:
        assert money(value) == written


@pytest.mark.parametrize(
    ("talk", "amounts"),
    [
        ("caller: 我在健身房办了五千块钱的年卡，店关门了", ("5000元",)),
        ("caller: 交了八千学费，机构跑路了", ("8000元",)),
        ("caller: 老板一共欠了三万多块工资没给", ("30000多元",)),
        ("caller: 超市那一块地方一直堆着垃圾", ()),
        ("caller: 我打了一二三四五，交了三次材料", ()),
        ("caller: 停车费涨到六百了，物业乱收费", ("600元",)),
    ],
)
def test_amounts(analyst: RuleAnalyst, talk: str, amounts: tuple[str, ...]) -> None:
    assert ticket(analyst, talk).amounts == amounts


@pytest.mark.parametrize(
    ("talk", "when"),
    [
        ("caller: 我们小区从昨天晚上八点开始停水", "从昨天晚上八点开始"),
        ("caller: 楼下烧烤店每天晚上油烟很大。\ncaller: 上个月打过一次，后来还是一样", "每天晚上"),
        ("caller: 家里暖气不热，已经三天了", "已经三天"),
        ("caller: 工地连续一个星期夜里十二点以后还在施工", "连续一个星期夜里十二点以后"),
        ("caller: 路灯不亮了，麻烦修一下", None),
        ("caller: 建议公交末班车延长到晚上九点", None),
        ("caller: 今天不给说法我们就一直堵着门口", None),
    ],
)
def test_time_of_the_events_is_not_that_of_an_earlier_report(
    analyst: RuleAnalyst, talk: str, when: str | None
) -> None:
    assert ticket(analyst, talk).event_time == when


@pytest.mark.parametrize(
    ("talk", "people"),
    [
        ("caller: 我们三十多个工人，老板拖欠工资", "30多个工人"),
        ("caller: 我们小区两百多户都没有暖气", "200多户"),
        ("caller: 一楼有一户不同意加装电梯", None),
        ("caller: 家里有个八十多岁的老人，暖气不热", None),
    ],
)
def test_number_of_people(analyst: RuleAnalyst, talk: str, people: str | None) -> None:
    assert ticket(analyst, talk).people == people


@pytest.mark.parametrize(
    ("talk", "parties"),
    [
        (
            "caller: 饭店油烟大\noperator: 这家店叫什么名字？\ncaller: 叫老王烧烤，就在楼下",
            ("老王烧烤",),
        ),
        ("caller: 工地夜里施工，牌子上写的是宏远建设", ("宏远建设",)),
        ("operator: 请问超市的名称和地址？\ncaller: 惠民超市，在鼓楼街道", ("惠民超市",)),
        ("operator: 请问店叫什么名字？\ncaller: 不知道叫什么", ()),
        ("operator: 请问怎么称呼您？\ncaller: 我叫王小明", ()),
    ],
)
def test_names_of_shops_and_companies(
    analyst: RuleAnalyst, talk: str, parties: tuple[str, ...]
) -> None:
    assert ticket(analyst, talk).parties == parties


def test_summary_of_a_call_reads_like_a_ticket(analyst: RuleAnalyst) -> None:
    content = ticket(
        analyst,
        "caller: 你好，我住在朝阳区望京街道花家地西里，楼下的烧烤店每天晚上油烟很大，麻烦你们管一管。\n"
        "operator: 这家店叫什么名字？\ncaller: 叫老王烧烤，就在三号楼的底商。"
        "我姓张，电话是一三八零零一三八零零一。\n"
        "operator: 您之前反映过吗？\ncaller: 上个月打过一次，来人看了一下，后来还是一样。",
    )
    assert content.summary == (
        "时间：每天晚上；地点：朝阳区望京街道花家地西里3号楼的底商；"
        "经过：楼下的烧烤店每天晚上油烟很大，叫老王烧烤，上个月打过一次，来人看了一下，后来还是一样；"
        "诉求：管一管。"
    )
    assert content.wish == "管一管"
    assert content.repeat
    assert content.proof["repeat"].text == "打过"
    assert content.proof["event_time"].text == "每天晚上"


def test_danger_names_the_matter_whatever_else_was_said(analyst: RuleAnalyst) -> None:
    content = ticket(analyst, "caller: 大兴区旧宫镇，我媳妇羊水破了，叫的网约车一直不来")
    assert content.emergency_line == "120"
    assert content.category is not None
    assert content.category.code == "080106"
    assert "网约车" not in (content.subject or "")
