"""Each repair step on its own, and the bookkeeping of what was heard."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.repair import Repairer, numbers, punctuation, simplified, spacing, surnames
from speech.repair.trail import Change, Trail
from speech.utterance import Speaker, Utterance


@cache
def repairer() -> Repairer:
    return Repairer()


def after(step, text: str) -> str:  # type: ignore[no-untyped-def]
    trail = Trail(text)
    trail.apply(step.changes(text), "step")
    return trail.text


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("我 想 问 一下 暖气 的 事", "我想问一下暖气的事"),
        ("打开 WiFi 路由器", "打开WiFi路由器"),
        ("use the app", "use the app"),
        (" 您好 ", "您好"),
    ],
)
def test_spaces(heard: str, right: str) -> None:
    assert after(spacing, heard).replace(" ", "") == right.replace(" ", "")
    assert " " not in after(spacing, "我 想 问 一下 暖气 的 事")


def test_pauses_are_kept_for_punctuation() -> None:
    assert (
        after(spacing, "我们小区昨天停水了 到现在还没有来水") == "我们小区昨天停水了 到现在还没有来水"
    )
    assert (
        after(punctuation, "我们小区昨天停水了 到现在还没有来水")
        == "我们小区昨天停水了，到现在还没有来水。"
    )


def test_simplified_script() -> None:
    assert after(simplified, "請問有什麼可以幫您") == "请问有什么可以帮您"
    assert after(simplified, "已经是简体") == "已经是简体"


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("您贵姓", "您贵姓？"),
        ("小区在哪里", "小区在哪里？"),
        ("有没有老人", "有没有老人。"),
        ("家里有老人吗", "家里有老人吗？"),
        ("我不知道", "我不知道。"),
        ("已经说完了。", "已经说完了。"),
        ("好的,再见!", "好的，再见！"),
        ("电价是3.5元", "电价是3.5元。"),
    ],
)
def test_punctuation(heard: str, right: str) -> None:
    assert after(punctuation, heard) == right


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("请拨打一二三四五", "请拨打12345"),
        ("我马上联系一一九", "我马上联系119"),
        ("打幺幺零报警", "打110报警"),
        ("公共法律服务热线一二三四八", "公共法律服务热线12348"),
        ("电话一三八零零一三八零零一", "电话13800138001"),
        ("电话幺三九三个零幺三九三个零", "电话139000139000"),
        ("芳古园一区八号楼三单元六零二", "芳古园一区8号楼3单元602"),
        ("三里河二区十二号楼一单元", "三里河二区12号楼1单元"),
        ("古城南路九号院", "古城南路9号院"),
        ("建国门内大街十八号", "建国门内大街18号"),
    ],
)
def test_numbers_that_are_always_digits(heard: str, right: str) -> None:
    assert after(numbers, heard) == right


@pytest.mark.parametrize(
    "sentence",
    [
        "一直没人管", "还是一样", "千万不要", "十分钟一班", "万一出事", "三三两两", "二十多分钟",
        "三十多个工人", "八十多岁的老人", "一楼有一户不同意", "坐一号线", "一共一百二十万",
        "乱七八糟", "说一不二", "五月份开始", "第三单元考试", "一二三四五个",
    ],
)  # fmt: skip
def test_numbers_in_talk_stay_words(sentence: str) -> None:
    assert after(numbers, sentence) == sentence


@pytest.mark.parametrize(
    ("sentence", "field", "value"),
    [
        ("一共一百二十万", "money", "120"),
        ("办了五千块钱的年卡", "money", "5000"),
        ("二零二一年五月六日", "date", "2021"),
        ("晚上八点开始停水", "time", "8"),
    ],
)
def test_amounts_and_dates_can_be_read(sentence: str, field: str, value: str) -> None:
    assert (field, value) in {(n.field.value, n.text) for n in numbers.spoken_numbers(sentence)}


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("我信章", "我姓张"),
        ("我兴臣，电话", "我姓陈，电话"),
        ("我姓留", "我姓刘"),
        ("我姓张", "我姓张"),
        ("我信任你们", "我信任你们"),
        ("我姓什么不重要", "我姓什么不重要"),
    ],
)
def test_surnames(heard: str, right: str) -> None:
    assert after(surnames, heard) == right


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("新镇 千万别跟他们说是我说的", "姓郑 千万别跟他们说是我说的"),
        ("我现罩", "我姓赵"),
        ("幸灵，双木林", "姓林，双木林"),
        ("好的", "好的"),
        ("我不想说", "我不想说"),
        ("欧阳明", "欧阳明"),
    ],
)
def test_a_surname_that_was_asked_for(heard: str, right: str) -> None:
    trail = Trail(heard)
    trail.apply(surnames.changes(heard, asked=True), "surname")
    assert trail.text == right


def test_only_the_answer_to_the_question_is_a_name() -> None:
    call = repairer().for_call()
    said = [
        (Speaker.CALLER, "新镇那边在施工"),
        (Speaker.OPERATOR, "请问您贵姓"),
        (Speaker.CALLER, "新镇"),
        (Speaker.CALLER, "新镇"),
    ]
    texts = [
        call(Utterance(str(n), speaker, n, n + 1, text, text, "test")).text
        for n, (speaker, text) in enumerate(said)
    ]
    assert texts[2].startswith("姓郑")
    assert "姓郑" not in texts[0] + texts[3]


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("我们楼道里找火了", "我们楼道里着火了"),
        ("洋水破了叫不着车", "羊水破了叫不着车"),
        ("一个骑电动车的北状道了", "一个骑电动车的被撞倒了"),
        ("我听说卫健委的上长来过", "我听说卫健委的上长来过"),
        ("其实他们已不来了", "其实他们已不来了"),
    ],
)
def test_words_of_the_catalogue_and_of_danger(heard: str, right: str) -> None:
    assert repairer().repair(heard).text.rstrip("。") == right


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("您好,北京是123450名服務學宣", "您好，北京市12345市民服务热线。"),
        ("您的付球已经记录", "您的诉求已经记录。"),
        ("请您保持电话唱通", "请您保持电话畅通。"),
        ("想装充电装", "想装充电桩。"),
    ],
)
def test_standard_wording(heard: str, right: str) -> None:
    assert repairer().repair(heard).text == right


def undone(text: str, edits) -> str:  # type: ignore[no-untyped-def]
    for edit in reversed(edits):
        assert text[edit.start : edit.end] == edit.text
        text = text[: edit.start] + edit.heard + text[edit.end :]
    return text


TALK = st.text(
    alphabet="北京朝阳区望京街道到一二三八零号楼单元 请问電話幫您，,.?吗abc13😀\u200b\u0301我姓信章",
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(TALK)
def test_every_edit_can_be_undone(heard: str) -> None:
    repaired = repairer().repair(heard)
    assert undone(repaired.text, repaired.edits) == heard
    for edit in repaired.edits:
        assert heard[edit.heard_start : edit.heard_end] == edit.heard
    for place in repaired.places:
        assert repaired.text[place.start : place.end] == place.name


@pytest.mark.parametrize(
    "heard",
    ["丰台区方中街道方古园一区八号楼三单元六零二", "我信章 电话一三八零零一三八零零一", "請問您貴姓"],
)
def test_repairing_again_changes_nothing(heard: str) -> None:
    once = repairer().repair(heard).text
    assert repairer().repair(once).text == once


def test_the_heard_words_stay_and_context_grows() -> None:
    call = repairer().for_call()
    assert call.hot_words(Speaker.CALLER)[0].endswith("区")
    assert len(call.hot_words(Speaker.CALLER)) == 16
    assert call.hot_words(Speaker.OPERATOR) == ()
    heard = Utterance("1", Speaker.OPERATOR, 0.0, 2.0, "风台区方中街道", "风台区方中街道", "whisper")
    repaired = call(heard)
    assert (repaired.text, repaired.heard) == ("丰台区方庄街道。", "风台区方中街道")
    assert max(call.context.districts, key=call.context.districts.__getitem__) == "丰台区"
    assert call.context.districts["丰台区"] > 2
    assert "方庄街道" in call.hot_words(Speaker.CALLER)
    assert "方庄街道" in call.hot_words(Speaker.OPERATOR)


def test_the_place_in_the_ticket_decides_which_names_are_expected() -> None:
    call = repairer().for_call()
    call(Utterance("1", Speaker.CALLER, 0.0, 2.0, "朝阳区望京街道", "朝阳区望京街道", "whisper"))
    call.decide("丰台区", "方庄街道")
    assert "方庄街道" in call.hot_words(Speaker.CALLER)
    call.decide(None, None)
    assert "望京街道" in call.hot_words(Speaker.CALLER)


def test_changes_inside_an_earlier_change_keep_their_origin() -> None:
    trail = Trail("abcdef")
    trail.apply([Change(1, 4, "XY")], "first")
    trail.apply([Change(2, 3, "Z")], "second")
    assert trail.text == "aXZef"
    (edit,) = trail.edits()
    assert (edit.heard, edit.text, edit.rule) == ("bcd", "XZ", "second")


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        " ",
        "\n\t",
        "\0",
        "😀" * 500,
        "a" * 100_000,
        "一" * 20_000,
        "，" * 1000,
        "\ud800中",
        "中\u202e文",
        "½点三个零",
    ],
)
def test_hostile_text_is_returned_and_reversible(hostile: str) -> None:
    repaired = repairer().repair(hostile)
    assert undone(repaired.text, repaired.edits) == hostile
    assert abs(len(repaired.text) - len(hostile)) <= len(hostile) // 2 + 1


def test_a_hundred_thousand_characters_of_talk_lose_nothing() -> None:
    heard = "我家住在望京街道，楼下很吵，" * 7_000
    repaired = repairer().repair(heard)
    assert undone(repaired.text, repaired.edits) == heard
    assert len(repaired.text) == len(heard)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("身份证一一零一零一一九九零零三零七七七一五", "身份证110101199003077715"),
        ("身份证一一零一零一一九九零零三零七七七一叉", "身份证11010119900307771X"),
        ("卡号六二二二零二零二零零一一二二三三四四五", "卡号6222020200112233445"),
        ("一心一意三三两两七上八下", "一心一意三三两两七上八下"),
    ],
)
def test_numbers_of_documents_are_written_in_digits(said: str, written: str) -> None:
    assert Repairer().repair(said).text.rstrip("。") == written
