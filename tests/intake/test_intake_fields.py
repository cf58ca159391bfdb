"""Fields one by one where a whole dialogue would hide the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from app.domain.call import Speaker, Word
from app.domain.draft import Draft
from app.domain.ticket import TicketContent
from app.intake.analyst import RuleAnalyst
from app.intake.caller import find_name, find_phone
from app.intake.dialogue import parse_dialogue
from app.intake.numerals import house_numbers, number
from app.intake.talk import Span, clause_bounds
from app.report import analysis_json
from knowledge_base.article import Article, SearchHit
from speech.utterance import Utterance


@pytest.fixture(scope="module")
def analyst() -> RuleAnalyst:
    return RuleAnalyst()


def ticket(analyst: RuleAnalyst, talk: str) -> TicketContent:
    return analyst.analyse(parse_dialogue(talk)).tickets[0]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("十二", 12),
        ("一百二十八", 128),
        ("六零二", 602),
        ("二十", 20),
        ("一百零五", 105),
        ("一千二", 1200),
        ("18", 18),
        ("", None),
        ("几十", None),
        ("十二号", None),
        ("二百五十六", 256),
        ("两百", 200),
        ("〇", 0),
    ],
)
def test_spoken_numbers(words: str, value: int | None) -> None:
    assert number(words) == value


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("芳古园一区八号楼三单元六零二", "芳古园一区8号楼3单元602"),
        ("三里河二区十二号楼一单元", "三里河二区12号楼1单元"),
        ("建国门内大街十八号", "建国门内大街18号"),
        ("古城南路九号院", "古城南路9号院"),
        ("百子湾路三十二号院甲二号楼", "百子湾路32号院甲2号楼"),
        ("十里河村", "十里河村"),
        ("八里庄北里二十三号楼五层五零一室", "八里庄北里23号楼5层501室"),
    ],
)
def test_house_numbers_are_written_in_digits_and_names_stay(said: str, written: str) -> None:
    assert house_numbers(said) == written


@pytest.mark.parametrize(
    ("talk", "phone"),
    [
        ("caller: 我的电话是幺三八零零幺三八零零零", "13800138000"),
        ("caller: 我手机138 0013 8000", "13800138000"),
        ("operator: 电话多少？\ncaller: 一三八零零一三八零零", None),
        ("operator: 电话多少？\ncaller: 六六五五四四三三", "66554433"),
        ("operator: 电话多少？\ncaller: 一三八\ncaller: 零零一三\ncaller: 八零零零", "13800138000"),
        ("caller: 物业电话是一三八零零一三八零零零，没人接", None),
        ("caller: 我打了一二三四五，让我等三十个工作日", None),
        ("operator: 一三八零零一三八零零零是您的电话吗？\ncaller: 是的", "13800138000"),
        ("operator: 一三八零零一三八零零零是您的电话吗？\ncaller: 不是", None),
        (
            "operator: 留个电话\ncaller: 一三八零零一三八零零零，不对，一三九零零一三八零零零",
            "13900138000",
        ),
        ("caller: 身份证号是一一零一零五一九九零零一零一一二三四", None),
    ],
)
def test_phone_is_complete_and_the_callers_own_or_missing(talk: str, phone: str | None) -> None:
    found = find_phone(parse_dialogue(talk))
    assert (found.value if found else None) == phone


@pytest.mark.parametrize(
    ("talk", "name"),
    [
        ("caller: 我叫李建国，住在这儿二十年了", "李建国"),
        ("caller: 我姓张", "张"),
        ("operator: 您贵姓？\ncaller: 免贵姓欧阳", "欧阳"),
        ("operator: 您贵姓？\ncaller: 王", "王"),
        ("operator: 怎么称呼您？\ncaller: 叫我刘芳就行，我叫刘芳。", "刘芳"),
        ("operator: 好的张先生，请讲。\ncaller: 我们小区停水了", "张"),
        ("caller: 我是业主，我们物业不管事", None),
        ("caller: 那家店叫王记烧烤", None),
        ("operator: 店叫什么名字？\ncaller: 叫张亮麻辣烫", None),
        ("caller: 物业经理姓赵，态度特别差", None),
        ("caller: 我是北京的，常年在外地", None),
        ("operator: 您贵姓？\ncaller: 我姓张。\noperator: 全名呢？\ncaller: 我叫张小军。", "张小军"),
    ],
)
def test_name_is_the_callers_or_missing(talk: str, name: str | None) -> None:
    found = find_name(parse_dialogue(talk))
    assert (found.value if found else None) == name


def test_value_follows_a_correction_as_the_call_goes_on(analyst: RuleAnalyst) -> None:
    talk = parse_dialogue(
        "caller: 我们这儿路灯坏了\noperator: 在哪里？\ncaller: 海淀区学院路街道\n"
        "operator: 是海淀区学院路街道吗？\ncaller: 不对，是海淀区花园路街道。"
    )
    streets = [analyst.analyse(talk[:n]).tickets[0].street for n in (1, 3, 5)]
    assert streets == [None, "学院路街道", "花园路街道"]


def test_operator_boilerplate_alone_fills_nothing(analyst: RuleAnalyst) -> None:
    talk = "operator: 发现煤气味、着火请拨打一一九。请问您的电话？\ncaller: 喂"
    content = ticket(analyst, talk)
    assert content.emergency_line is None
    assert content.handling is None
    assert content.caller.phone is None


def test_danger_denied_later_is_no_emergency(analyst: RuleAnalyst) -> None:
    open_danger = "caller: 朝阳区望京街道，刚才楼下着火了"
    assert ticket(analyst, open_danger).emergency_line == "119"
    over = open_danger + "\noperator: 现在火灭了吗？\ncaller: 火已经扑灭了，就是想反映通道堵塞。"
    assert ticket(analyst, over).emergency_line is None


def test_second_request_shares_the_caller_and_keeps_its_own_matter(analyst: RuleAnalyst) -> None:
    talk = (
        "caller: 朝阳区垡头街道金蝉北里停电了，我姓郭，电话一五二零零一五二零一一。\n"
        "operator: 还有其他问题吗？\n"
        "caller: 另外还有一个事，楼下烧烤店油烟特别大，熏得开不了窗。"
    )
    first, second = analyst.analyse(parse_dialogue(talk)).tickets
    assert first.caller == second.caller
    assert first.caller.phone == "15200152011"
    assert first.category != second.category
    assert second.place == "金蝉北里"
    assert "停电" not in (second.summary or "")


def test_knowledge_is_asked_with_the_talk_and_the_tickets_words() -> None:
    asked: list[tuple[list[tuple[str, str]], str, str | None]] = []
    hit = SearchHit(Article("a1", 1, "居住证办理", "…", effective=date(2024, 1, 1)), 0.7)

    def knowledge(
        said: Sequence[tuple[str, str]], words: str, district: str | None
    ) -> Sequence[SearchHit]:
        asked.append((list(said), words, district))
        return [hit]

    analysis = RuleAnalyst(knowledge=knowledge).analyse(parse_dialogue("caller: 朝阳区居住证怎么办理"))
    assert asked[0][0] == [("caller", "朝阳区居住证怎么办理")]
    assert "居住证" in asked[0][1]
    assert asked[0][2] == "朝阳区"
    assert analysis_json(analysis)["articles"] == [{"id": "a1", "title": "居住证办理", "score": 0.7}]


def test_one_question_is_asked_back_when_the_place_is_missing(analyst: RuleAnalyst) -> None:
    asked = analyst.analyse(parse_dialogue("caller: 你好，我们小区从昨天晚上开始停水了")).ask_back
    assert len(asked) == 1


def test_speaker_names_of_a_dialogue() -> None:
    talk = parse_dialogue("坐席：您好\n市民： 停水了\n都两天了\n诉求人:在东城区\nOperator: 好的")
    assert [(u.speaker, u.text) for u in talk] == [
        (Speaker.OPERATOR, "您好"),
        (Speaker.CALLER, "停水了 都两天了"),
        (Speaker.CALLER, "在东城区"),
        (Speaker.OPERATOR, "好的"),
    ]


def test_talk_without_punctuation_breaks_before_turn_words() -> None:
    text = "我家楼上漏水漏了一个多月了找楼上他不管物业也不管麻烦你们帮忙协调一下"
    pieces = [text[start:end] for start, end in clause_bounds(text)]
    assert "".join(pieces) == text
    assert pieces[-1] == "麻烦你们帮忙协调一下"


def test_times_of_a_repaired_text_keep_its_proportions() -> None:
    words = tuple(Word(char, n, n + 1) for n, char in enumerate("风台区方中街到"))
    said = Utterance(
        "u", Speaker.CALLER, 0.0, 7.0, "丰台区方庄街道", "风台区方中街到", "test", 1.0, words
    )
    proof = Span(said, 3, 7).proof("street")
    assert (proof.text, proof.start, proof.end) == ("方庄街道", 3, 7)


def test_each_clause_of_the_summary_is_proved_and_reaches_the_draft(analyst: RuleAnalyst) -> None:
    content = ticket(analyst, "caller: 海淀区学院路街道路灯坏了三天了，麻烦派人修一下")
    assert (
        content.summary
        == "时间：三天；地点：海淀区学院路街道；经过：路灯坏了三天了；诉求：派人修一下。"
    )
    draft = Draft(id="d", call_id="c").suggest(content)
    clauses = {key: proof for key, proof in draft.content.proof.items() if key.startswith("summary.")}
    assert [proof.text for proof in clauses.values()][-1] == "派人修一下"
    typed = draft.type("summary", "路灯坏了")
    assert not any(key.startswith("summary") for key in typed.content.proof)
