"""Suggestions from the talk: early, steady, and silent when there is nothing to say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.search import KnowledgeBase
from knowledge_base.talk import FollowedTalk, suggest

GREETING = ("operator", "您好，北京市一二三四五市民服务热线，请问有什么可以帮您？")
CHATTER = [
    "喂，听得见吗",
    "您稍等我找一下笔",
    "今天天气真好啊",
    "我叫张伟，电话一三八零零一三八零零零",
    "嗯对就是那个",
    "没有了谢谢再见",
    "昨天晚上九点多吧",
    "我儿子今年八岁了",
    "隔壁老王家的鸡下蛋了",
    "就在那个超市旁边往东走两百米",
    "股票跌了怎么办",
    "火星上能种菜吗",
    "帮我订一张去上海的高铁票",
]


def ids(knowledge: KnowledgeBase, *turns: tuple[str, str], **more: object) -> list[str]:
    return [hit.article.id for hit in suggest(knowledge, turns, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("said", CHATTER)
def test_nothing_to_say_is_an_answer(bundled: KnowledgeBase, said: str) -> None:
    assert ids(bundled, GREETING, ("caller", said)) == []


def test_no_talk_gives_no_suggestion(bundled: KnowledgeBase) -> None:
    assert ids(bundled) == ids(bundled, GREETING) == ids(bundled, ("caller", "")) == []


def test_the_first_sentence_of_the_caller_is_enough(bundled: KnowledgeBase) -> None:
    found = ids(bundled, GREETING, ("caller", "我要投诉，家里暖气不热，室温只有十五度，已经三天了"))
    assert found[0] == "heating-cold"


def test_what_the_talk_is_about_survives_small_talk(bundled: KnowledgeBase) -> None:
    turns = [GREETING, ("caller", "老板拖欠我们四个月工资，工地上三十多个人")]
    first = ids(bundled, *turns)
    turns += [("operator", "好的，您怎么称呼？"), ("caller", "我姓王"), ("caller", "嗯，对，是的")]
    assert first[0] == ids(bundled, *turns)[0] == "employment-wage-arrears"


def test_a_new_subject_takes_over(bundled: KnowledgeBase) -> None:
    turns = [("caller", "家里暖气不热"), ("operator", "已经登记了，请问还有其他问题吗？")]
    turns += [("caller", "还有，外地户口的孩子上小学要准备什么材料")]
    assert ids(bundled, *turns)[0] == "education-nonlocal-enrolment"


def test_articles_on_screen_stay_unless_others_are_clearly_better(bundled: KnowledgeBase) -> None:
    turns = [("caller", "医保异地备案报销比例")]
    first, second = ids(bundled, *turns)[:2]
    assert ids(bundled, *turns, shown=(second,))[0] in (first, second)
    assert ids(bundled, *turns, shown=(first, second))[:2] == [first, second]
    assert ids(bundled, *turns, shown=("heating-cold",))[:2] == [first, second]


def test_a_followed_talk_keeps_its_articles_and_a_new_talk_starts_afresh(
    bundled: KnowledgeBase,
) -> None:
    cold = [GREETING, ("caller", "家里暖气不热")]
    followed = FollowedTalk()
    first = followed.suggest(bundled, cold)
    again = followed.suggest(bundled, cold)
    assert [hit.article.id for hit in again] == [hit.article.id for hit in first]
    assert again[0].score > first[0].score
    wages = [GREETING, ("caller", "老板拖欠我们四个月工资")]
    other = followed.suggest(bundled, wages)
    assert [hit.score for hit in other] == [hit.score for hit in suggest(bundled, wages)]


def test_ticket_words_help_when_the_caller_says_little(bundled: KnowledgeBase) -> None:
    assert ids(bundled, ("caller", "就是这个事")) == []
    found = ids(bundled, ("caller", "就是这个事"), ticket_words=("老旧小区加装电梯",))
    assert found[0] == "housing-elevator-retrofit"


def test_misheard_words_still_lead_to_the_article(bundled: KnowledgeBase) -> None:
    assert ids(bundled, ("caller", "我想在小区里装个充电庄物业不同易"))[0] == "housing-charging-pile"


def test_suggestions_hold_where_the_caller_is_and_today(bundled: KnowledgeBase) -> None:
    said = ("caller", "没北京户口的孩子在海淀上小学怎么审核材料")
    assert ids(bundled, said)[0] == "education-haidian-nonlocal"
    assert "education-haidian-nonlocal" not in ids(bundled, said, region="朝阳区")
    hits = suggest(bundled, [("caller", "2025年到2026年的尾号限行通告限哪天")])
    assert all(hit.article.validity(bundled.today()) == "valid" for hit in hits)
    assert hits


def test_every_suggestion_says_why(bundled: KnowledgeBase) -> None:
    for hit in suggest(bundled, [("caller", "老楼装电梯一楼不同意怎么办")]):
        assert hit.matched
        assert hit.passage


@pytest.mark.data
def test_calls_that_ask_get_their_article_and_the_others_the_right_subject(
    bundled: KnowledgeBase, hotline_data: Path
) -> None:
    wanted = {
        "01": {"water-outage", "water-changping-supply"},
        "02": {"heating-cold"},
        "03": {"env-restaurant-fume"},
        "04": {"education-haidian-nonlocal"},
        "05": {"gas-leak"},
        "06": {"legal-court-appeal"},
        "07": {"env-noise-night"},
        "08": {"employment-wage-arrears"},
        "09": {"housing-elevator-retrofit"},
        "10": {"consumer-prepaid-card"},
        "11": {"discipline-report-12388"},
        "12": {"traffic-bus-suggest"},
        "13": {"housing-charging-pile"},
        "14": {"hotline-praise"},
    }
    first = 0
    for file in sorted((hotline_data / "calls").glob("*.json")):
        turns = json.loads(file.read_text(encoding="utf-8"))["turns"]
        found = ids(bundled, *((turn["speaker"], turn["text"]) for turn in turns))
        assert wanted[file.name[:2]] & set(found), file.name
        first += found[0] in wanted[file.name[:2]]
    assert first >= 13
