"""The window as a whole: errors in the bar, degraded parts, settings, closing in order."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import Article, FileCall, ScriptCall
from app.domain.call import CallState
from app.events import CentreChanged, Degraded, Heard, OutboxChanged, SpeechDegraded
from app.sync.protocol import OperationResult, ResultStatus
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path
from ui.desk_window import DeskWindow
from ui.knowledge.article_view import ArticleText
from ui.main import BugSink, run
from ui.window.reports import KEEP, save_report
from ui.window.top_bar import PAGES

SAMPLE = resource_path("calls", "03-bbq-fumes.json")
WAIT_MS = 20_000
BARS = 88
"""Pixels of the top and the bottom line."""


@pytest.mark.parametrize("name", ["missing.json", "broken.json", "huge.json"])
def test_call_that_cannot_be_opened_is_said_in_the_bar(
    qtbot: QtBot, window: DeskWindow, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name == "broken.json":
        path.write_bytes(b"\xff\xfe{not a case")
    elif name == "huge.json":
        path.write_text("[" * 200_000, encoding="utf-8")
    window.start_call(ScriptCall(path, None))
    qtbot.waitUntil(window.message.isVisible, timeout=WAIT_MS)
    assert name in window.message.text
    assert window.control.state is CallState.READY
    assert window.top.sample.isEnabled()
    qtbot.keyClick(window.message.dismiss, Qt.Key.Key_Space)
    assert not window.message.isVisible()


def test_file_that_is_not_sound_is_said_in_the_bar(
    qtbot: QtBot, window: DeskWindow, tmp_path: Path
) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("dear sir", encoding="utf-8")
    window.start_call(FileCall(path, None))
    qtbot.waitUntil(window.message.isVisible, timeout=WAIT_MS)
    assert "letter.wav" in window.message.text
    assert window.control.state is CallState.READY


def test_second_call_is_not_started_over_a_running_one(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.start_call(ScriptCall(SAMPLE, 1.0))
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.control.starting, timeout=WAIT_MS)
    running = window.control.call
    window.start_call(ScriptCall(SAMPLE, 1.0))
    assert not window.control.starting
    assert window.control.call == running


def test_status_line_says_what_the_core_says(qtbot: QtBot, window: DeskWindow, desk: Workplace) -> None:
    status = window.status
    desk.bus.publish(OutboxChanged(3, 1))
    qtbot.waitUntil(lambda: "3" in status.outbox.text())
    assert status.outbox.text() == "● 待同步 3 件 · 退回 1 件"
    desk.bus.publish(CentreChanged(True))
    qtbot.waitUntil(lambda: status.centre.text() == "中心在线")
    desk.bus.publish(CentreChanged(False, "CENTRE_TIMEOUT"))
    qtbot.waitUntil(lambda: status.centre.text() == "● 中心离线")
    assert status.centre.toolTip()


def test_degraded_part_is_named_until_it_recovers(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    desk.bus.publish(Degraded("speech", "MODEL_MISSING", "whisper-base"))
    qtbot.waitUntil(lambda: "语音识别" in window.status.parts.text())
    assert "whisper-base" in window.message.text
    desk.bus.publish(Degraded("speech", ""))
    qtbot.waitUntil(lambda: window.status.parts.text() == "")
    desk.bus.publish(Heard("x", SpeechDegraded("MODEL_MISSING", values={"name": "vosk"})))
    qtbot.waitUntil(lambda: "vosk" in window.message.text)


def test_bug_is_reported_and_the_window_lives(qtbot: QtBot, window: DeskWindow, tmp_path: Path) -> None:
    sink = BugSink(window)
    try:
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(window.message.isVisible, timeout=WAIT_MS)
        (report,) = (tmp_path / "reports").glob("report-*.txt")
        assert "ZeroDivisionError" in report.read_text(encoding="utf-8")
        assert str(report) in window.message.text
        sys.excepthook(KeyError, KeyError("x"), None)
        qtbot.waitUntil(lambda: len(list((tmp_path / "reports").glob("*.txt"))) == 2, timeout=WAIT_MS)
    finally:
        sink.remove()


def test_reports_are_few_and_a_full_disk_is_survived(tmp_path: Path) -> None:
    for _ in range(KEEP + 5):
        assert save_report(tmp_path / "reports", ValueError("x")) is not None
    assert len(list((tmp_path / "reports").iterdir())) == KEEP
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert save_report(blocked, ValueError("x")) is None


def test_settings_hold_at_once_and_are_kept(
    qtbot: QtBot, window: DeskWindow, desk: Workplace, data_dir: Path
) -> None:
    window.show_page("settings")
    page = window.settings_page
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    choice = page.form.rows["language"].choice
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: window.windowTitle() == "Jiesu Desk", timeout=WAIT_MS)
    choice = page.form.rows["theme"].choice
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: desk.settings.theme == "dark", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.appearance.theme == "dark", timeout=WAIT_MS)
    line = page.form.rows["seat"].line
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "seat-7")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.settings.seat == "seat-7", timeout=WAIT_MS)
    later = Workplace(data_dir)
    assert (later.settings.language, later.settings.theme, later.settings.seat) == (
        "en",
        "dark",
        "seat-7",
    )
    later.close()


def test_impossible_setting_is_refused(qtbot: QtBot, window: DeskWindow, desk: Workplace) -> None:
    window.show_page("settings")
    line = window.settings_page.form.rows["seat"].line
    line.setFocus()
    line.clear()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.message.isVisible()
    assert line.property("invalid")
    assert desk.settings.seat == "seat-1"


def test_tickets_page_shows_what_was_submitted(qtbot: QtBot, heard_call: DeskWindow) -> None:
    window = heard_call
    qtbot.keyClick(window.desk_page.form.type, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.control.state is CallState.SUBMITTED, timeout=WAIT_MS)
    window.show_page("tickets")
    page = window.tickets_page
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=WAIT_MS)
    assert "望京街道" in page.view.text.toPlainText()
    assert "待同步" in page.view.note.text()
    page.line.setText("没有这样的工单")
    page.line.textEdited.emit("没有这样的工单")
    assert page.filtered.rowCount() == 0


def test_a_refused_ticket_is_explained_and_mended(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    window = heard_call
    qtbot.keyClick(window.desk_page.form.type, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.control.state is CallState.SUBMITTED, timeout=WAIT_MS)
    (operation,) = desk.parts.store().waiting(10)
    refusal = OperationResult(
        op_id=operation.op_id, status=ResultStatus.REFUSED, reason="TICKET_INVALID"
    )
    desk.parts.store().record_results([refusal])
    window.show_page("tickets")
    actions = window.tickets_page.unsent
    qtbot.waitUntil(lambda: not actions.mend.isHidden(), timeout=WAIT_MS)
    assert "内容不合要求" in actions.reason.text()
    actions.mend.click()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.desk_page, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.desk_page.draft is not None, timeout=WAIT_MS)
    assert window.desk_page.draft is not None
    assert window.desk_page.draft.id == operation.ticket_id
    assert desk.outbox() == ()


def test_an_article_that_is_not_in_force_is_not_cited(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    past, future = datetime(2020, 1, 1, tzinfo=UTC).date(), datetime(2199, 1, 1, tzinfo=UTC).date()
    page.cite(Article("old", 1, "旧规定", "正文", expires=past))
    assert page.draft is not None
    assert page.draft.content.citations == ()
    assert "旧规定" in heard_call.message.text
    page.cite(Article("new", 1, "新规定", "正文", effective=future))
    assert page.draft.content.citations == ()
    assert "新规定" in heard_call.message.text


def test_article_text_loads_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    text = ArticleText()
    qtbot.addWidget(text)
    text.setMarkdown(f"![x]({secret.as_uri()}) [link]({secret.as_uri()})")
    for kind in (QTextDocument.ResourceType.ImageResource, QTextDocument.ResourceType.HtmlResource):
        assert b"secret" not in bytes(text.document().resource(kind.value, QUrl(secret.as_uri())))
    text.anchorClicked.emit(QUrl(secret.as_uri()))
    assert "secret" not in text.toPlainText()


def test_window_closes_in_order_during_a_call(
    qtbot: QtBot, open_desk_window: Callable[[Workplace], DeskWindow], desk: Workplace, data_dir: Path
) -> None:
    before = set(threading.enumerate())
    window = open_desk_window(desk)
    window.start_call(ScriptCall(SAMPLE, 5.0))
    form = window.desk_page.form
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    qtbot.waitUntil(form.subject.isEnabled, timeout=WAIT_MS)
    qtbot.keyClicks(form.subject, "half a sentence")
    window.close()
    assert [timer for timer in window.findChildren(QTimer) if timer.isActive()] == []
    assert [thread for thread in threading.enumerate() if thread not in before] == []
    later = Workplace(data_dir)
    assert [draft.content.subject for draft in later.recovered()] == ["half a sentence"]
    later.close()


def test_run_opens_and_ends(qtbot: QtBot, desk: Workplace, tmp_path: Path) -> None:
    hooks = (sys.excepthook, threading.excepthook)
    seen: list[DeskWindow] = []

    def look() -> None:
        seen.extend(
            w for w in QApplication.topLevelWidgets() if isinstance(w, DeskWindow) and w.isVisible()
        )
        for window in seen:
            window.close()  # the last window ends the program

    QTimer.singleShot(100, look)
    assert run(desk, [], tmp_path / "reports") == 0
    assert len(seen) == 1
    assert (sys.excepthook, threading.excepthook) == hooks
    with pytest.raises(UserError):
        desk.edit("no such draft", lambda draft: draft)


def test_login_that_fails_says_why_and_keeps_no_password(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.show_page("settings")
    page = window.settings_page
    page.form.rows["server_url"].line.setText("not an address")
    page.password.setFocus()
    qtbot.keyClicks(page.password, "secret")
    qtbot.keyClick(page.password, Qt.Key.Key_Return)
    qtbot.waitUntil(window.message.isVisible, timeout=WAIT_MS)
    assert page.password.text() == ""
    assert page.log_in.isEnabled()
    assert "中心地址" in window.message.text
    assert desk.settings.server_url == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_a_small_screen(window: DeskWindow, language: str) -> None:
    window.language.use(language)  # type: ignore[arg-type]
    smallest = QSize(1180, 680)
    for name in PAGES:
        page = window.page(name)
        needs = page.minimumSizeHint()
        assert needs.width() <= smallest.width(), (name, needs)
        assert needs.height() <= smallest.height() - BARS, (name, needs)
