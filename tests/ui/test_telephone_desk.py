"""The telephone rings at the desk: screen pop, answer, hold, transfer, breaks; all by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from app.telephone.events import LineEvent, LineKind
from app.telephone.line import Phase
from app.workplace import Workplace
from resources.loader import resource_path
from ui.desk_window import DeskWindow

SAMPLE = resource_path("calls", "03-bbq-fumes.json")
NUMBER = "13900001234"
WAIT_MS = 20_000
CTRL = Qt.KeyboardModifier.ControlModifier


def press(
    qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    popup = QApplication.activePopupWidget()  # as a window system does
    target = popup or QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    qtbot.keyClick(target, key, modifier)


def ring(desk: Workplace, name: str = "r1", number: str | None = NUMBER, slow: bool = True) -> None:
    desk.telephone.take(LineEvent(LineKind.RING, name, number, sound=SAMPLE if slow else None))


def test_a_ring_pops_up_and_a_key_answers(qtbot: QtBot, window: DeskWindow, desk: Workplace) -> None:
    window.show_page("knowledge")
    ring(desk)
    qtbot.waitUntil(lambda: window.line.ringing, timeout=WAIT_MS)
    assert window.stack.currentWidget() is window.desk_page
    assert "139 **** 1234" in window.top.state.text()
    assert "139 **** 1234" in window.message.text
    qtbot.waitUntil(lambda: "首次来电" in window.top.line.text(), timeout=WAIT_MS)
    assert window.desk_page.caller.isVisible()
    press(qtbot, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    assert window.message.text == ""
    assert window.desk_page.form.caller_phone.text() == NUMBER
    press(qtbot, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.line.phase is Phase.HELD, timeout=WAIT_MS)
    assert "保持中" in window.top.state.text()
    press(qtbot, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.line.phase is Phase.TALKING, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F12)
    assert window.transfer.hasFocus()
    press(qtbot, Qt.Key.Key_Escape)
    assert not window.transfer.isVisible()
    press(qtbot, Qt.Key.Key_F12)
    press(qtbot, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    assert desk.telephone.shown.call.to == "119"
    assert "话后整理" in window.top.state.text()


def test_a_whole_call_by_keys_from_ring_to_the_next(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    desk.telephone.pace = None
    ring(desk)
    qtbot.waitUntil(lambda: window.line.ringing, timeout=WAIT_MS)
    form, page = window.desk_page.form, window.desk_page
    press(qtbot, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: form.summary.toPlainText() != "", timeout=WAIT_MS)
    assert form.type.hasFocus()
    press(qtbot, Qt.Key.Key_1)  # a question, not a complaint
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # a complaint after all
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(form.region, "cyqwj")
    press(qtbot, Qt.Key.Key_Return)
    assert form.region.text() == "朝阳区 · 望京街道"
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.ticket.next.isVisible, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F4)
    (ticket,) = desk.tickets()
    assert ticket.content.type == "投诉"
    assert ticket.content.street == "望京街道"
    assert ticket.content.caller.phone == NUMBER
    qtbot.waitUntil(lambda: window.line.call is None, timeout=WAIT_MS)
    assert "接 1 通" in page.ready.shift.text()


def test_an_earlier_caller_is_shown_with_open_tickets(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.start_call(ScriptCall(SAMPLE, None, caller_line=NUMBER))
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.desk_page.form.subject.text() != "", timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.desk_page.ticket.next.isVisible, timeout=WAIT_MS)
    (ticket,) = desk.tickets()
    press(qtbot, Qt.Key.Key_F4)
    ring(desk)
    qtbot.waitUntil(lambda: "在办 1 件" in window.top.line.text(), timeout=WAIT_MS)
    assert "第 2 次来电" in window.top.line.text()
    caller = window.desk_page.caller
    press(qtbot, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert caller.list.hasFocus()
    assert ticket.content.subject in caller.model.index(0).data()
    press(qtbot, Qt.Key.Key_Return)
    assert window.stack.currentWidget() is window.tickets_page
    desk.telephone.take(LineEvent(LineKind.ENDED, "r1"))
    qtbot.waitUntil(lambda: not window.line.ringing, timeout=WAIT_MS)
    window.show_page("desk")
    ready = window.desk_page.ready
    assert "未接 1 通" in ready.missed.text()
    ready.seen.click()
    qtbot.waitUntil(lambda: not ready.missed.isVisible(), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "未接 1 通" in ready.missed.text(), timeout=WAIT_MS)
    assert not caller.isVisible()


def test_a_break_is_taken_and_ended_with_keys(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.activateWindow()
    press(qtbot, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
    press(qtbot, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: "用餐" in window.top.state.text(), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: "空闲" in window.top.state.text(), timeout=WAIT_MS)
    assert desk.telephone.shown.pause is None


def test_the_next_call_leaves_an_unfinished_ticket_safe(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    (left,) = desk.drafts()
    ring(desk)
    qtbot.waitUntil(lambda: "来电" in heard_call.message.text, timeout=WAIT_MS)
    desk.telephone.answer()
    qtbot.waitUntil(lambda: heard_call.control.state is CallState.TALKING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "草稿" in heard_call.message.text, timeout=WAIT_MS)
    assert left.id in [draft.id for draft in desk.recovered()]


def test_thousands_of_rings_do_not_hold_the_window_up(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    for number in range(2000):
        ring(desk, f"f{number}", f"1370000{number:04}")
    qtbot.waitUntil(lambda: len(window.line.shown.missed) == 50, timeout=WAIT_MS)
    assert window.line.shown.shift.missed == 1992
    assert "137 **** 1992" in window.top.state.text()


def test_who_rings_while_a_ticket_is_written_is_answered_by_key(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    (left,) = desk.drafts()
    ring(desk, "first", "13900001111")
    ring(desk, "second", "13900002222")
    top, message = heard_call.top, heard_call.message
    qtbot.waitUntil(lambda: "另有 1 通" in message.text, timeout=WAIT_MS)
    assert "139 **** 1111 · F3 接听" in message.text  # whom the key answers
    assert top.microphone.accessibleName() == "接听"
    press(qtbot, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: heard_call.control.state is CallState.TALKING, timeout=WAIT_MS)
    assert desk.telephone.shown.call.id == "first"
    assert left.id in [draft.id for draft in desk.recovered()]
    ring(desk, "third", "13900003333")
    qtbot.waitUntil(lambda: "另有来电 139 **** 3333" in message.text, timeout=WAIT_MS)
    assert "F3" not in message.text  # somebody is being talked to


def test_a_call_the_telephone_answers_itself_brings_the_desk_forward(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.show_page("knowledge")
    window.showMinimized()
    desk.telephone.take(LineEvent(LineKind.ANSWERED, "auto", NUMBER, sound=SAMPLE))
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.isMinimized(), timeout=WAIT_MS)
    assert window.stack.currentWidget() is window.desk_page


def test_a_break_is_planned_and_a_number_dialled_during_a_call(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    desk.telephone.pace = 5.0
    ring(desk)
    qtbot.waitUntil(lambda: window.line.ringing, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
    assert window.breaks.hasFocus()
    press(qtbot, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: "之后用餐" in window.top.state.text(), timeout=WAIT_MS)
    assert window.desk_page.form.isAncestorOf(QApplication.focusWidget())
    press(qtbot, Qt.Key.Key_F12)
    press(qtbot, Qt.Key.Key_7)
    qtbot.keyClicks(window.transfer.line, "nobody")
    press(qtbot, Qt.Key.Key_Return)
    assert window.transfer.isVisible()
    window.transfer.line.clear()
    window.transfer.line.setText("010-6666 8888 转 12")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    assert desk.telephone.shown.call.to == "01066668888"
    for draft in desk.drafts():
        desk.discard(draft.id)
    desk.telephone.make_ready()
    qtbot.waitUntil(lambda: desk.telephone.shown.pause is not None, timeout=WAIT_MS)
    title = window.desk_page.ticket.begin_title
    qtbot.waitUntil(lambda: title.text() == "小休中", timeout=WAIT_MS)


def test_who_waits_or_writes_too_long_is_said_in_words(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    desk.change_settings(hold_reminder_s=1, wrap_target_s=1)
    desk.telephone.pace = 5.0
    ring(desk)
    qtbot.waitUntil(lambda: window.line.ringing, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: "已等待 00:01" in window.top.line.text(), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: "已等待" not in window.top.line.text(), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: "话后已超过 00:01" in window.top.line.text(), timeout=WAIT_MS)
    assert window.top.clock.property("over") is True


def test_the_log_says_who_has_to_be_called_back(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(heard_call.desk_page.ticket.next.isVisible, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F4)
    for name, number in (("one", "13900001111"), ("two", None), ("three", "13900003333")):
        ring(desk, name, number)
        desk.telephone.take(LineEvent(LineKind.ENDED, name))
    press(qtbot, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    page = heard_call.tickets_page
    press(qtbot, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    calls = page.calls
    qtbot.waitUntil(lambda: calls.model.rowCount() == 4, timeout=WAIT_MS)
    assert "待回电 2 通" in calls.note.text()
    assert [calls.model.index(row, 2).data() for row in range(4)] == [
        "未接 · 待回电", "未接", "未接 · 待回电", "已接 · 工单 1 件",
    ]  # fmt: skip
    press(qtbot, Qt.Key.Key_C, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.clipboard().text() == "13900003333"
    press(qtbot, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: "待回电 1 通" in calls.note.text(), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: "待回电 2 通" in calls.note.text(), timeout=WAIT_MS)
    calls.all_back.click()
    qtbot.waitUntil(lambda: calls.note.text() == "", timeout=WAIT_MS)
    for _ in range(3):
        press(qtbot, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "老王烧烤" in page.view.text.toPlainText(), timeout=WAIT_MS)


def test_who_calls_again_after_a_dropped_line_goes_on_with_the_ticket(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.start_call(ScriptCall(SAMPLE, None, caller_line=NUMBER))
    form, page = window.desk_page.form, window.desk_page
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: form.subject.text() != "", timeout=WAIT_MS)
    page.type("place", "三号楼后门")
    (left,) = desk.drafts()
    ring(desk, "again", NUMBER, slow=False)
    qtbot.waitUntil(lambda: window.line.answerable, timeout=WAIT_MS)
    desk.telephone.take(LineEvent(LineKind.ANSWERED, "again"))
    qtbot.waitUntil(lambda: "Ctrl+R" in window.message.text, timeout=WAIT_MS)
    page.type("subject", "另起的标题")
    press(qtbot, Qt.Key.Key_R, CTRL)
    assert page.draft is not None
    content = page.draft.content
    assert (content.subject, content.place) == ("另起的标题", "三号楼后门")
    assert content.summary == left.content.summary
    qtbot.waitUntil(lambda: left.id not in [one.id for one in desk.recovered()], timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert (page.draft.content.subject, page.draft.content.place) == ("另起的标题", None)
