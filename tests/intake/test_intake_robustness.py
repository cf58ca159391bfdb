"""Whatever is said or typed: no failure, a proof for every value, nothing that was not said."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.call import Speaker, Utterance
from app.domain.draft import get_field, is_empty
from app.domain.ticket import FIELDS
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from app.intake.numerals import house_numbers
from app.intake.talk import MAX_TALK_CHARS
from app.report import analysis_json

ANALYST = RuleAnalyst()
SCRAPS = """
我们小区停水了|从昨天晚上八点开始|朝阳区望京街道花家地西里三号楼|我要投诉|我姓张|电话是一三八零零一三八零零一|没有闻到煤气味|
要是着火了怎么办|电梯困住人了|麻烦尽快处理|请给我保密|另外还有一个事|公司拖欠工资|大家都堵在项目部门口|法院已经判了|
我想咨询一下|需要什么材料|黄村镇兴华大街|不对，是五号楼|楼下烧烤店油烟很大|对|没有|喂|，|。|？|
12345|  |😀|\x00|\u202e|ｶﾞ|他说|路灯坏了|一三八|零零
"""
FRAGMENTS = [*SCRAPS.split("|"), "A" * 40, "一" * 40]


def utterances() -> st.SearchStrategy[list[Utterance]]:
    text = st.one_of(
        st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join), st.text(max_size=60)
    )
    turn = st.tuples(st.sampled_from(Speaker), text)

    def build(turns: list[tuple[Speaker, str]]) -> list[Utterance]:
        return [
            Utterance(f"u{n}", who, n * 5.0, n * 5.0 + 4.0, words, words, "test")
            for n, (who, words) in enumerate(turns)
        ]

    return st.lists(turn, max_size=10).map(build)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(utterances())
def test_any_talk_gives_proved_and_said_values(talk: list[Utterance]) -> None:
    analysis = ANALYST.analyse(talk)
    analysis_json(analysis)
    raw = "".join(u.text for u in talk)
    said = _plain(raw)
    for ticket in analysis.tickets:
        for name in FIELDS:
            if not is_empty(get_field(ticket, name)):
                assert ticket.proof[name].rule, name
        for proof in ticket.proof.values():
            assert proof.start is None or (proof.end is not None and 0 <= proof.start <= proof.end)
        if ticket.subject is not None:
            assert 0 < len(ticket.subject) <= 30
        if ticket.summary is not None:
            places = [
                ticket.proof[k].text for k in ("district", "street", "place") if k in ticket.proof
            ]
            names = [name for name in (ticket.district, ticket.street, ticket.place) if name]
            elided = _without(said, places)
            for label, words in re.findall(
                r"(时间|地点|经过|诉求)：(.*?)(?:；(?=经过|诉求|地点)|。$)", ticket.summary
            ):
                for clause in words.split("，"):
                    rest = _plain(clause)
                    for name in names if label == "地点" else ():
                        rest = rest.replace(_plain(name), "")
                    heard = (said, elided, _once(said), _bare(raw))
                    assert (
                        any(rest in words for words in heard)
                        or _bare(clause) in _bare(raw)
                        or _without(rest, places) in elided  # one mention of a place may stay
                    )
        if ticket.caller.phone is not None:
            assert re.fullmatch(r"1[3-9]\d{9}|0?\d{7,11}", ticket.caller.phone)
        assert (ticket.emergency_line is not None) == (ticket.handling == "emergency")
        assert (ticket.channel is not None) == (ticket.handling == "other_channel")


def _without(text: str, places: list[str]) -> str:
    for words in sorted((w for p in places for w in p.split(" ")), key=len, reverse=True):
        text = text.replace(_plain(words) + "的", "").replace(_plain(words), "")
    return text


def _once(text: str) -> str:
    """A place said twice in one breath is told once."""
    return re.sub(r"(.{4,}?)\1", r"\1", text)


def _bare(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fa5a-zA-Z0-9]", "", text)


def _plain(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fa5a-zA-Z0-9]", "", house_numbers(re.sub(r"[，, 、。\n]", "", text)))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_dialogue(text: str) -> None:
    turns = parse_dialogue(text)
    assert all(turn.text and turn.end == 0.0 for turn in turns)
    ANALYST.analyse(turns)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "😀" * 500,
        "\x00\x01\x02\x1b[31m",
        "caller:",
        "operator: \ncaller: ",
        "着火" * 50_000,
        "一" * 100_000,
        "朝阳区望京街道花家地西里" * 9_000,
        "我叫" * 30_000,
        "0" * 100_000,
        "，" * 100_000,
        "\n".join(f"caller: 第{n}句，另外还有一个事，路灯坏了" for n in range(2_000)),
        "\ud800",
    ],
    ids=lambda text: f"{len(text)}-{text[:4]!r}",
)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    began = time.process_time()
    analysis = ANALYST.analyse(parse_dialogue(text))
    assert time.process_time() - began < 20  # a run-away pattern would take minutes
    for ticket in analysis.tickets:
        assert len(ticket.summary or "") < 2_000
        assert len(ticket.subject or "") <= 30


def test_very_long_calls_are_read_up_to_a_limit() -> None:
    filler = "\ncaller: ".join(["路灯坏了没人修" * 100] * (MAX_TALK_CHARS // 700 + 1))
    assert (
        not ANALYST.analyse(parse_dialogue(f"caller: {filler}\ncaller: 楼下着火了"))
        .tickets[0]
        .emergency_line
    )


def test_analysis_does_not_depend_on_what_was_analysed_before() -> None:
    first = parse_dialogue("caller: 朝阳区望京街道路灯坏了，我姓张")
    other = parse_dialogue("caller: 海淀区学院路街道着火了，快来人")
    alone = RuleAnalyst().analyse(first).tickets
    ANALYST.analyse(other)
    assert ANALYST.analyse(first).tickets == alone


def test_proof_is_narrowed_by_word_times() -> None:
    from app.domain.call import Word

    text = "我们在朝阳区望京街道"
    words = tuple(Word(char, 10 + n * 0.5, 10.5 + n * 0.5) for n, char in enumerate(text))
    talk = [Utterance("u1", Speaker.CALLER, 10.0, 15.0, text, text, "test", 1.0, words)]
    proof = ANALYST.analyse(talk).tickets[0].proof["district"]
    assert (proof.text, proof.start, proof.end) == ("朝阳区", 11.5, 13.0)
