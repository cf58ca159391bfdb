"""From what was said to catalogue items: callers' sentences, mishearing, denial, who said it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.dispatch.catalogue import bundled_catalogue
from app.dispatch.matcher import Match, rank_items
from app.dispatch.suggest import suggest_units
from app.domain.call import Speaker
from app.domain.ticket import RequestType

CATALOGUE = bundled_catalogue()
CALLER, OPERATOR = Speaker.CALLER, Speaker.OPERATOR


def _cases() -> list[dict[str, Any]]:
    text = Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
    cases: list[dict[str, Any]] = yaml.safe_load(text)
    return cases


def _rank(*turns: tuple[Speaker, str], type: RequestType | None = None) -> tuple[Match, ...]:
    return rank_items(CATALOGUE, turns, type=type)


def _best(words: str) -> str | None:
    matches = _rank((CALLER, words))
    return matches[0].item.subject if matches else None


@pytest.mark.parametrize("case", _cases(), ids=lambda case: str(case["text"])[:16])
def test_a_callers_sentence_finds_its_item_and_its_unit(case: dict[str, Any]) -> None:
    praise = CATALOGUE.by_code[case["items"][0]].type is RequestType.PRAISE
    best = _rank((CALLER, case["text"]), type=RequestType.PRAISE if praise else None)[0]
    assert best.item.code.startswith(tuple(case["items"])), best
    if case["lead"] is None:
        return
    units = suggest_units(
        best.item, case["district"], case["street"], text=case["text"], confidence=best.confidence
    )
    assert units[0].name in case["lead"]


def test_the_cases_reach_every_group_of_the_catalogue() -> None:
    reached = {CATALOGUE.by_code[code].path[:2] for case in _cases() for code in case["items"]}
    assert {item.path[:2] for item in CATALOGUE.items} - reached == set()


def test_oblique_sentences_find_their_item() -> None:
    wanted = yaml.safe_load(Path(__file__).with_name("oblique.yaml").read_text(encoding="utf-8"))
    missed = []
    for text, codes in wanted.items():
        found = [match.item.code.startswith(tuple(codes.split())) for match in _rank((CALLER, text))]
        assert any(found[:3]), text
        if not found[0]:
            missed.append(text)
    assert len(wanted) >= 150
    assert len(missed) <= len(wanted) * 0.05, missed


def test_the_finest_item_whose_own_words_were_said_stands_for_its_parent() -> None:
    assert _rank((CALLER, "路口的井盖坏了"))[0].item.code == "030402"
    gone = _rank((CALLER, "路口的井盖没了，很危险"))[0].item
    assert gone.parent == "030402"
    assert (gone.path[3], gone.limit_hours, gone.lead) == ("井盖缺失", 2, "区城市管理委")


def test_an_ambulance_that_cannot_get_in_is_a_blocked_passage() -> None:
    words = "消防通道停满了车，昨天晚上救护车都进不来"
    assert _rank((CALLER, words))[0].item.code.startswith("040402")


@pytest.mark.parametrize(
    ("heard", "item"),
    [
        ("楼道里有一股很浓的梅七味", "燃气泄漏"),
        ("我们小区的暖器不热，屋里特别冷", "暖气不热"),
        ("老旧小区家装电梯的事情一楼不同意", "老楼加装电梯"),
        ("老板脱欠我们工资四个月了", "拖欠工资"),
        ("楼下烧烤店由烟特别大", "餐饮油烟"),
        ("我想在车位上装充电装物业不给盖章", "充电桩安装"),
    ],
)
def test_misheard_words_still_point_the_way(heard: str, item: str) -> None:
    assert _best(heard) == item


def test_a_word_heard_right_counts_more_than_one_that_sounds_alike() -> None:
    right, alike = _rank((CALLER, "这里有煤气味"))[0], _rank((CALLER, "这里有梅七味"))[0]
    assert right.item == alike.item
    assert right.score > alike.score
    assert any(word.by_sound for word in alike.words)
    assert not any(word.by_sound for word in right.words)


def test_two_syllables_alone_are_not_enough_to_guess_by_sound() -> None:
    assert _rank((CALLER, "电话是一三八零零")) == ()


def test_what_the_caller_denies_does_not_count() -> None:
    assert _best("不是停水，是停电了") == "停电"
    assert _best("没闻到煤气味，就是灶打不着火") == "停气"


def test_asking_whether_is_not_denying() -> None:
    assert _best("是不是煤气泄漏了") == "燃气泄漏"


def test_a_longer_word_keeps_a_shorter_one_from_misleading() -> None:
    assert _best("家里的煤气灶打不着火") == "停气"
    assert _best("供暖费怎么退") == "供暖费"


def test_the_callers_words_go_before_the_operators() -> None:
    matches = _rank((OPERATOR, "是停电了吗？"), (CALLER, "不对，小区停水了"), (OPERATOR, "好的，停水"))
    assert matches[0].item.subject == "停水"
    assert matches[0].words[0].turn == 1


def test_an_exclusion_takes_an_item_out_of_the_lead() -> None:
    assert _best("路灯坏了") == "路灯不亮"
    assert _best("小区里的路灯坏了") == "小区公共照明"


def test_praise_is_only_found_for_praise() -> None:
    words = "供热公司的师傅大年三十上门把暖气修好了，特别感谢"
    assert _rank((CALLER, words), type=RequestType.PRAISE)[0].item.type is RequestType.PRAISE
    assert _rank((CALLER, words), type=RequestType.COMPLAINT)[0].item.type is not RequestType.PRAISE


def test_silence_and_small_talk_match_nothing() -> None:
    assert _rank() == ()
    assert _rank((CALLER, "")) == ()
    assert _rank((OPERATOR, "您好，请问有什么可以帮您？"), (CALLER, "喂，你好")) == ()


def test_matched_words_can_be_shown_where_they_were_said() -> None:
    turns = ((OPERATOR, "您好"), (CALLER, "我家ＷＩＦＩ断网了，宽带报修没人来"))
    for word in _rank(*turns)[0].words:
        said = turns[word.turn][1][word.start : word.end]
        assert said
        assert word.by_sound or any(part in word.keyword for part in (said, said.lower(), "wifi"))


TALK = st.lists(
    st.tuples(
        st.sampled_from(Speaker), st.text("停水电暖气不热煤味没有是，。物业abcＡ１ \n🙂", max_size=40)
    ),
    max_size=6,
)


@given(TALK)
def test_any_talk_gives_ordered_scores_and_offsets_inside_the_turns(
    talk: list[tuple[Speaker, str]],
) -> None:
    matches = rank_items(CATALOGUE, talk, limit=4)
    assert len(matches) <= 4
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)
    assert sum(match.confidence for match in matches) <= 1.000001
    for match in matches:
        for word in match.words:
            assert 0 <= word.start < word.end <= len(talk[word.turn][1])
