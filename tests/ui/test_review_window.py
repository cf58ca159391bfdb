"""Reviews in the window: a ticket laid open, a word that plays, answers with reasons, folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.review.queue import Sample
from app.workplace import Workplace
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.audio.recording import RecordingWriter
from ui.desk_window import DeskWindow
from ui.review.review_page import ReviewPage

WAIT_MS = 30_000


@pytest.fixture
def page(qtbot: QtBot, desk: Workplace, open_desk_window) -> ReviewPage:
    """The page with a recorded call laid open."""
    session = desk.begin(ScriptCall(resource_path("calls", "01-water-outage.json"), None))
    assert session.wait(30)
    session.settle()
    draft = desk.drafts()[0]
    desk.edit(draft.id, lambda one: one.type("place", "三号楼"))
    article = desk.search("停水", 1)[0].article
    desk.cite(draft.id, article)
    path = desk.parts.recording_path(session.call.id)
    recording = RecordingWriter(path, desk.parts.key().recordings)
    for block in FileSource(resource_path("calls", "01-water-outage.flac"), None).blocks():
        recording.append(block)
    recording.close()
    desk.submit_all(desk.drafts())
    window: DeskWindow = open_desk_window(desk)
    window.show_page("review")
    page = window.review_page
    qtbot.waitUntil(lambda: page.queue.model.rowCount() == 1, timeout=WAIT_MS)
    page.queue.table.selectRow(0)
    qtbot.waitUntil(lambda: page.opened is not None, timeout=WAIT_MS)
    return page


def test_a_ticket_is_laid_open_with_sound_words_and_answers(qtbot: QtBot, page: ReviewPage) -> None:
    qtbot.waitUntil(lambda: max(map(len, page.call.wave._peaks.values())) > 100, timeout=WAIT_MS)
    assert "龙泽苑东区" in page.call.talk.toPlainText()
    assert page.sheet.rows["greeting"].isVisible()
    assert "规则作答" in page.sheet.rows["greeting"].cited.text()
    assert page.total.text() == "100"


def test_a_clicked_word_is_the_word_that_is_heard(qtbot: QtBot, page: ReviewPage) -> None:
    played: list[float] = []
    page.call._player.play_from = lambda second, moved, ended: played.append(second)
    view = page.call.talk
    block = view.document().findBlockByNumber(3)
    at = block.text().index("龙泽苑")
    cursor = view.textCursor()
    cursor.setPosition(block.position() + at)
    spot = view.cursorRect(cursor).center() + QPoint(2, 0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    said = page.opened.transcript[3]
    qtbot.waitUntil(lambda: len(played) == 1, timeout=WAIT_MS)
    assert said.start < played[0] < said.end
    assert page.call.wave.second == pytest.approx(played[0], abs=1)
    page.call.stop()


def test_what_the_operator_did_stands_beside_the_waves_and_plays(
    qtbot: QtBot, page: ReviewPage, desk: Workplace
) -> None:
    wave, played = page.call.wave, list[float]()
    page.call._player.play_from = lambda second, moved, ended: played.append(second)
    ticket = desk.tickets()[0]
    end = page.opened.transcript[-1].end
    assert {one.kind.value for one in ticket.trail} == {"typed", "cited", "accepted"}
    assert all(one.second == pytest.approx(end, abs=0.1) for one in ticket.trail)
    assert {"手工填写", "引用知识", "采纳建议", "字段依据"} <= set(page.call.legend.words)
    spots = {mark.kind: (mark, QPoint(round(x), round(y))) for mark, x, y in wave._spots()}
    assert len({(spot.x(), spot.y()) for _, spot in spots.values()}) == len(spots), "none is covered"
    mark, spot = spots["cited"]
    assert ticket.content.citations[0].title in mark.words
    qtbot.mouseClick(wave, Qt.MouseButton.LeftButton, pos=spot)
    assert played == [pytest.approx(end, abs=0.1)]
    assert "详细地点" in spots["typed"][0].words
    wave.choose(0)
    qtbot.keyClick(wave, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert played[-1] == min(one.second for one, _, _ in wave._spots())
    assert "规则初评" in page.state.text()


def test_a_rule_is_overruled_only_with_a_reason(qtbot: QtBot, page: ReviewPage) -> None:
    row = page.sheet.rows["greeting"]
    row.chips[1].click()
    assert row.reason.isVisible()
    assert page.review.evaluation.current("greeting").value == 1.0, "nothing without a reason"
    row.reason.setText("没有报号")
    qtbot.keyClick(row.reason, Qt.Key.Key_Return)
    assert page.review.evaluation.current("greeting").value == 0.0
    assert "没有报号" in row.cited.text()
    assert page.total.text() != "100"


def test_a_review_is_finished_when_everything_is_answered(qtbot: QtBot, page: ReviewPage) -> None:
    page.finish.click()
    assert not page.review.finished
    for name in ("understanding", "faithful", "right_unit"):
        page.sheet.rows[name].chips[0].click()
    page.call.wave.choose(12)
    page.call.remark.setText("先安抚")
    qtbot.keyClick(page.call.remark, Qt.Key.Key_Return)
    page.finish.click()
    assert page.review.finished
    assert "已完成" in page.state.text()
    page.words.setText("地址我问了两遍")
    page.appeal.click()
    assert "地址我问了两遍" in page.state.text()
    assert [one.second for one in page.review.comments] == [12.0]
    page.words.setText("再听一遍，维持原分")
    page.appeal.click()
    assert page.review.appeal.answer == "再听一遍，维持原分"


def test_agreement_opens_the_tickets_that_were_scored_twice(
    qtbot: QtBot, page: ReviewPage, desk: Workplace
) -> None:
    def finished(reviewer: str, value: float) -> None:
        opened = desk.review.open(page.queue.model.at(0), reviewer, Sample.RANDOM)
        review = opened.review
        while waiting := review.evaluation.result().open:
            given = review.evaluation.give(waiting[0], value, reviewer)
            review = replace(review, evaluation=given)
        desk.review.keep(review.finish())

    finished("甲", 1.0)
    finished("乙", 0.0)
    page.reviewer.setText("甲")
    page.queue.table.clearSelection()
    page.queue.chosen.emit(page.queue.model.at(0), Sample.SCREENING)
    agreed = page.sheet.rows["understanding"].agreed
    qtbot.waitUntil(lambda: "1 件双评" in agreed.text(), timeout=WAIT_MS)
    assert not page.sheet.rows["greeting"].agreed.isVisible(), "what a rule answered is no agreement"
    agreed.click()
    qtbot.waitUntil(page.queue.leave_behind.isVisible, timeout=WAIT_MS)
    row = page.queue.model.at(0)
    assert page.queue.model.text(row, "flags").startswith("不一致")
    assert not page.queue.flag.isVisible()
    page.queue.leave_behind.click()
    assert page.queue.flag.isVisible()
    assert page.queue.model.at(0).same is None


def test_a_correction_a_folder_and_a_drill_come_of_it(
    qtbot: QtBot, page: ReviewPage, desk: Workplace, tmp_path: Path
) -> None:
    page.what.setCurrentIndex(2)
    page.value.setText("昌平区水务局")
    page.correct.click()
    qtbot.waitUntil(lambda: bool(page.review.corrections), timeout=WAIT_MS)
    assert desk.review.taught()[0].content.units[0].name == "昌平区水务局"
    page.export_to(tmp_path / "case")
    qtbot.waitUntil((tmp_path / "case" / "SHA256SUMS").exists, timeout=WAIT_MS)
    page.make_case.click()
    page.case_menu.ticks[0].setChecked(False)
    page.case_menu.save.trigger()
    page.case_menu.hide()
    window = page.window()
    assert isinstance(window, DeskWindow)
    qtbot.waitUntil(lambda: "案例已保存" in window.message.text, timeout=WAIT_MS)
    window.show_page("drill")
    drills = window.drill_page
    qtbot.waitUntil(
        lambda: any(drills.model.at(n).id.startswith("call-") for n in range(drills.model.rowCount())),
        timeout=WAIT_MS,
    )
    made = next(case for case in drills._cases if case.id.startswith("call-"))
    assert [fact.withheld for fact in made.facts] == [False, True], "as it was chosen"


def test_the_samples_are_shown_apart(qtbot: QtBot, page: ReviewPage) -> None:
    page.queue.samples.chosen.emit(Sample.RANDOM)
    assert page.queue.model.rowCount() == 1
    page.queue.flag.setCurrentIndex(1)
    assert page.queue.model.rowCount() == 0
    assert page.queue.empty.isVisible()
