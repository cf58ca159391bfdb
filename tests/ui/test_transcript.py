"""The live transcript: order, partial text, repairs, proofs, following, selecting."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QTextCharFormat, QTextCursor
from pytestqt.qtbot import QtBot

from app.domain.call import Speaker, Utterance, Word
from app.domain.ticket import Proof
from app.events import ON_HOLD, AudioGap
from ui.desk.transcript_view import TranscriptView
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.marks import doubts, find_words, repairs


def said(
    number: int, text: str, start: float, speaker: Speaker = Speaker.CALLER, heard: str = ""
) -> Utterance:
    return Utterance(f"u{number}", speaker, start, start + 2, text, heard or text, "test")


@pytest.fixture
def view(qtbot: QtBot, language: Language, appearance: Appearance) -> TranscriptView:
    made = TranscriptView(language, appearance)
    qtbot.addWidget(made)
    made.resize(420, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def lines(view: TranscriptView) -> list[str]:
    return view.toPlainText().split("\n")


def test_utterances_stand_in_order_of_time(view: TranscriptView) -> None:
    view.add_utterance(said(1, "您好。", 0, Speaker.OPERATOR))
    view.add_utterance(said(3, "后来还是一样。", 9))
    view.add_utterance(said(2, "上个月打过一次。", 5))
    assert lines(view) == [
        "坐席  00:00", "您好。", "诉求人  00:05", "上个月打过一次。", "诉求人  00:09", "后来还是一样。",
    ]  # fmt: skip


def test_what_was_hardly_heard_says_so_and_what_was_clear_does_not(view: TranscriptView) -> None:
    words = (Word("油烟", 0.0, 1.0, 0.31), Word("很", 1.0, 1.2, 0.9), Word("大", 1.2, 2.0, None))
    unsure = replace(said(1, "油烟，很大。", 0, heard="油烟很大"), confidence=0.42, words=words)
    view.add_utterance(unsure)
    view.add_utterance(replace(said(2, "好的。", 5, Speaker.OPERATOR), confidence=0.9))
    assert lines(view) == ["诉求人  00:00  听不准 42%", "油烟，很大。", "坐席  00:05", "好的。"]
    body = view.document().findBlockByNumber(1).position()
    waves = []
    for place in range(6):
        cursor = QTextCursor(view.document())
        cursor.setPosition(body + place + 1)
        waved = QTextCharFormat.UnderlineStyle.WaveUnderline
        waves.append(cursor.charFormat().underlineStyle() is waved)
    assert waves == [True, True, False, False, False, False]
    assert [span for span, _ in doubts(unsure)] == [(0, 2)]


def test_partial_text_stands_at_the_end_until_it_is_finished(view: TranscriptView) -> None:
    view.add_partial(Speaker.CALLER, 3, "我住")
    assert lines(view) == ["诉求人  00:03", "我住…"]
    view.add_partial(Speaker.CALLER, 3, "我住在望金街")
    view.add_partial(Speaker.OPERATOR, 4, "好")
    assert lines(view)[-4:] == ["诉求人  00:03", "我住在望金街…", "坐席  00:04", "好…"]
    view.add_utterance(said(1, "我住在望京街道。", 3))
    assert lines(view) == ["诉求人  00:03", "我住在望京街道。", "坐席  00:04", "好…"]
    view.end_partials()
    assert lines(view) == ["诉求人  00:03", "我住在望京街道。"]


def test_a_stretch_without_sound_is_marked_where_it_was(view: TranscriptView) -> None:
    view.add_utterance(said(1, "请稍等。", 1, Speaker.OPERATOR))
    view.add_partial(Speaker.CALLER, 44, "您")
    for start in (4.0, 4.1):  # told for each speaker
        view.add_gap(AudioGap(start, 39.5, ON_HOLD))
    view.add_utterance(said(2, "您好，还在吗？", 44))
    assert lines(view) == [
        "坐席  00:01", "请稍等。", "保持中  00:04", "00:35 未录音，也未转写",
        "诉求人  00:44", "您好，还在吗？",
    ]  # fmt: skip


def test_repaired_words_show_what_was_heard(view: TranscriptView) -> None:
    view.add_utterance(said(1, "我住在望京街道。", 0, heard="我住在望金街道"))
    block = view.document().findBlockByNumber(1)
    tips: dict[str, str] = {}
    cursor = QTextCursor(block)
    for letter in block.text():
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        if tip := cursor.charFormat().toolTip():
            tips[letter] = tip
    assert tips == {"京": "听到的是：金"}


def test_words_that_prove_fields_are_marked(view: TranscriptView) -> None:
    view.add_utterance(said(1, "楼下的烧烤店油烟很大。", 0))
    view.add_utterance(said(2, "烧烤店在三号楼。", 10))
    view.show_proofs(
        [
            Proof("r", "油烟", Speaker.CALLER, 1.0, 1.5),
            Proof("r", "烧烤店 三号楼", Speaker.CALLER, 10.0, 11.0),
            Proof("r", "烧烤", Speaker.OPERATOR, 0.0, 1.0),
            Proof("rule only"),
        ]
    )
    assert sorted(view.marked_texts()) == ["三号楼", "油烟", "烧烤店"]
    view.add_utterance(said(3, "还有油烟。", 20))
    assert sorted(view.marked_texts()) == ["三号楼", "油烟", "烧烤店"]


def fill(view: TranscriptView, first: int, count: int) -> None:
    for number in range(first, first + count):
        view.add_utterance(said(number, f"第{number}句话。", float(number)))


def at_end(view: TranscriptView) -> bool:
    bar = view.verticalScrollBar()
    return bar.value() == bar.maximum()


def test_it_follows_until_the_operator_scrolls_up(view: TranscriptView, qtbot: QtBot) -> None:
    fill(view, 0, 30)
    assert at_end(view)
    with qtbot.waitSignal(view.following_changed):
        view.verticalScrollBar().setValue(20)
    fill(view, 30, 5)
    assert view.verticalScrollBar().value() == 20
    view.follow()
    fill(view, 35, 5)
    assert at_end(view)
    assert view.following


def test_it_pauses_while_text_is_selected(view: TranscriptView) -> None:
    fill(view, 0, 30)
    cursor = view.textCursor()
    cursor.setPosition(view.document().findBlockByNumber(57).position())
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    selected = view.textCursor().selectedText()
    assert selected == "第28句话。"
    before = view.verticalScrollBar().value()
    fill(view, 30, 10)
    view.add_partial(Speaker.CALLER, 99, "还在说")
    assert view.textCursor().selectedText() == selected
    assert view.verticalScrollBar().value() == before


def test_clicking_a_time_asks_to_play_that_sentence(view: TranscriptView, qtbot: QtBot) -> None:
    utterance = said(7, "叫老王烧烤。", 22)
    view.add_utterance(utterance)
    with qtbot.waitSignal(view.play_requested) as asked:
        view.anchorClicked.emit("play:u7")
    assert asked.args == [utterance]


def test_a_settled_number_replaces_the_doubtful_one_and_is_marked_for_a_moment(
    view: TranscriptView, qtbot: QtBot
) -> None:
    view.add_utterance(said(1, "电话13800138011…，麻烦尽快", 0))
    view.add_utterance(said(2, "好的。", 5, Speaker.OPERATOR))
    view.settle_utterance(said(1, "电话13800138001，麻烦尽快", 0))
    assert lines(view)[1::2] == ["电话13800138001，麻烦尽快", "好的。"]
    assert view.marked_texts() == ("0",)
    qtbot.waitUntil(lambda: view.marked_texts() == ())


def test_what_the_final_reading_changed_is_marked(view: TranscriptView) -> None:
    view.add_partial(Speaker.CALLER, 0, "我住在望金街")
    view.add_utterance(said(1, "我住在望京街道花家地。", 0))
    assert view.marked_texts() == ("京",)


def test_text_does_not_change_under_a_selection(view: TranscriptView) -> None:
    view.add_utterance(said(1, "电话13800138001…", 0))
    cursor = view.textCursor()
    cursor.setPosition(view.document().findBlockByNumber(1).position())
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    view.settle_utterance(said(1, "电话13800138001", 0))
    assert view.textCursor().selectedText() == "电话13800138001…"
    view.follow()
    assert lines(view)[1] == "电话13800138001"


def test_hostile_text_is_shown_as_it_is(view: TranscriptView) -> None:
    text = "<script>alert(1)</script>&amp;<img src='file:///etc/passwd'>"
    view.add_utterance(said(1, text, 0))
    assert lines(view)[1] == text


def test_hours_of_talk_stay_quick(view: TranscriptView) -> None:
    fill(view, 0, 1500)
    assert view.document().blockCount() == 3000
    assert lines(view)[-1] == "第1499句话。"


@pytest.mark.parametrize(
    ("heard", "text", "found"),
    [
        ("我住在望金街道", "我住在望京街道。", [("京", "金")]),
        ("风台区方中", "丰台区，方庄", [("丰", "风"), ("庄", "中")]),
        ("一样", "一样。", []),
        ("一三八", "138", [("138", "一三八")]),
        ("", "新话", [("新话", "")]),
        ("多余的字", "的字", []),
    ],
)
def test_repairs(heard: str, text: str, found: list[tuple[str, str]]) -> None:
    assert [(text[r.start : r.end], r.heard) for r in repairs(heard, text)] == found


def test_words_are_found_through_punctuation() -> None:
    text = "就在，三号 楼。"
    span = find_words("三号楼", text)
    assert span is not None
    assert text[slice(*span)] == "三号 楼"
    assert find_words("四号", text) is None
    assert find_words("。", text) is None


def test_pointing_at_a_proof_brings_its_words_into_sight_and_lets_go_again(
    view: TranscriptView,
) -> None:
    for number in range(40):
        view.add_utterance(said(number, f"第{number}句话，说得长一些，好让它往下走。", number * 3))
    end = view.verticalScrollBar().value()
    proof = Proof("said", "第2句话", Speaker.CALLER, 6.0, 8.0)
    view.point_at(proof)
    assert view.marked_texts() == ("第2句话",)
    assert view.verticalScrollBar().value() < end
    assert view.following
    view.point_at(None)
    assert view.marked_texts() == ()
    assert view.verticalScrollBar().value() == end
