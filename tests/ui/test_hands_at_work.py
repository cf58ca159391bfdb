"""Palette, text modules, undo and the clipboard, by real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desk import OutboxState
from app.domain.call import CallState
from app.domain.draft import Origin
from app.telephone.line import Phase
from app.text_modules import TextModule, fill, read_modules
from app.workplace import Workplace
from resources.errors import UserError
from ui.desk.undo import Undo
from ui.desk_window import DeskWindow
from ui.look.controls import KEY
from ui.look.named_key import NamedKey
from ui.window.top_bar import PAGES

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
WAIT_MS = 20_000


def press(
    qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    qtbot.keyClick(target, key, modifier)


def write(qtbot: QtBot, text: str) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    qtbot.keyClicks(target, text)


def commit(widget: QWidget, text: str) -> None:
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("typed", ["打开统计", "dakaitongji", "dktj"])
def test_an_action_is_found_by_chinese_pinyin_and_initials(
    qtbot: QtBot, heard_call: DeskWindow, typed: str
) -> None:
    press(qtbot, Qt.Key.Key_Q, ALT)
    palette = heard_call.hands.palette
    assert palette.line.hasFocus()
    assert palette.model.rowCount() > 20
    if typed.isascii():
        write(qtbot, typed)
    else:
        commit(palette.line, typed)
    assert palette.model.index(0).data().startswith("打开统计")
    press(qtbot, Qt.Key.Key_Return)
    assert heard_call.stack.currentWidget() is heard_call.statistics_page


def test_the_palette_does_what_a_button_does_and_gives_the_focus_back(
    qtbot: QtBot, heard_call: DeskWindow
) -> None:
    form, palette = heard_call.desk_page.form, heard_call.hands.palette
    form.subject.setFocus()
    press(qtbot, Qt.Key.Key_Q, ALT)
    press(qtbot, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert form.subject.hasFocus()
    press(qtbot, Qt.Key.Key_Q, ALT)
    QApplication.sendEvent(palette.line, QInputMethodEvent("quan'bu", []))
    press(qtbot, Qt.Key.Key_Return)  # belongs to the input method
    assert palette.isVisible()
    commit(palette.line, "全部采用")
    press(qtbot, Qt.Key.Key_Return)
    draft = heard_call.desk_page.draft
    assert draft is not None
    assert Origin.SUGGESTED not in draft.origins.values()
    press(qtbot, Qt.Key.Key_Q, ALT)
    commit(palette.line, "没有这样的动作")
    press(qtbot, Qt.Key.Key_Return, CTRL)  # the desk's own keys wait: nothing is submitted
    assert palette.isVisible()
    assert heard_call.desk_page.draft is not None


def test_whatever_was_changed_is_undone_step_by_step(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    before = page.draft
    assert before is not None
    page.steps = Undo(lambda: 0.0)  # however slowly the test types
    page.form.subject.setFocus()
    press(qtbot, Qt.Key.Key_A, CTRL)
    write(qtbot, "abc")
    page.form.type.setFocus()
    press(qtbot, Qt.Key.Key_1)
    press(qtbot, Qt.Key.Key_A, ALT)
    page.form.place.setFocus()
    assert Origin.SUGGESTED not in page.draft.origins.values()
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert page.draft.origins["place"] is Origin.SUGGESTED
    assert page.form.subject.text() == "abc"
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert page.draft.content.type is before.content.type
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert page.draft.content == before.content
    assert page.draft.origins == before.origins
    assert page.form.subject.text() == before.content.subject
    press(qtbot, Qt.Key.Key_Z, CTRL | SHIFT)
    assert page.form.subject.text() == "abc"
    press(qtbot, Qt.Key.Key_Z, CTRL)
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert "没有可撤销" in heard_call.message.text


def test_undo_leaves_what_came_in_since(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    page.type("caller.name", "王晓")
    page.type("caller.phone", "13800138000")
    page.undo()
    assert page.draft.content.caller.name == "王晓"
    assert page.draft.content.caller.phone is None


def test_modules_are_stacked_filled_kept_and_dropped(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    form, palette = heard_call.desk_page.form, heard_call.hands.palette
    form.summary.setFocus()
    press(qtbot, Qt.Key.Key_A, CTRL)
    press(qtbot, Qt.Key.Key_Delete)
    press(qtbot, Qt.Key.Key_M, CTRL)
    qtbot.waitUntil(palette.isVisible, timeout=WAIT_MS)
    write(qtbot, "fsdd")
    press(qtbot, Qt.Key.Key_Return, SHIFT)
    palette.line.clear()
    write(qtbot, "gzsx")
    press(qtbot, Qt.Key.Key_Return)
    assert form.summary.hasFocus()
    text = form.summary.toPlainText()
    assert "朝阳区望京街道花家地西里3号楼" in text
    assert "望京街道办事处" in text
    assert "7 天" in text
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert "望京街道办事处" not in form.summary.toPlainText()
    form.subject.setFocus()
    press(qtbot, Qt.Key.Key_A, CTRL)
    press(qtbot, Qt.Key.Key_M, CTRL)
    qtbot.waitUntil(palette.isVisible, timeout=WAIT_MS)
    write(qtbot, "mine")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "mine" in heard_call.message.text, timeout=WAIT_MS)
    own = [one for one in desk.text_modules.all() if not one.team]
    assert own == [TextModule("mine", form.subject.text())]
    form.subject.deselect()
    press(qtbot, Qt.Key.Key_M, CTRL)
    qtbot.waitUntil(palette.isVisible, timeout=WAIT_MS)
    assert palette.model.index(0).data().startswith("mine")
    press(qtbot, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: all(one.team for one in desk.text_modules.all()), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_Z, CTRL)  # it was the wrong one
    qtbot.waitUntil(lambda: own[0] in desk.text_modules.all(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: palette.model.index(0).data().startswith("mine"), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_Escape)


def test_a_submitted_ticket_is_taken_back_until_it_leaves(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    desk.change_settings(recall_s=60)
    page = heard_call.desk_page
    page.type("summary", "我写的")
    press(qtbot, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: "Ctrl+Z" in heard_call.message.text, timeout=WAIT_MS)
    (ticket,) = desk.tickets()
    store = desk.parts.store()
    assert [row.state for row in store.outbox()] == [OutboxState.WAITING]
    assert store.waiting(10) == ()  # it has not left
    press(qtbot, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: page.draft is not None, timeout=WAIT_MS)
    assert page.draft is not None
    assert page.draft.content.summary == "我写的"
    assert heard_call.control.state is CallState.WRAPPING
    assert heard_call.line.phase is Phase.WRAPPING
    assert (desk.tickets(), store.outbox()) == ((), ())
    press(qtbot, Qt.Key.Key_Z, CTRL)  # the key goes on where it was: what submitting accepted,
    press(qtbot, Qt.Key.Key_Z, CTRL)  # then what was typed
    assert page.draft.content.summary != "我写的"
    press(qtbot, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(page.ticket.next.isVisible, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: len(store.waiting(10)) == 1, timeout=WAIT_MS)  # the next call lets it go
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert [one.id for one in desk.tickets()] == [ticket.id]


def test_an_urgent_ticket_leaves_at_once(qtbot: QtBot, heard_call: DeskWindow, desk: Workplace) -> None:
    desk.change_settings(recall_s=60)
    heard_call.desk_page.type("limit_hours", 2)
    press(qtbot, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(heard_call.desk_page.ticket.next.isVisible, timeout=WAIT_MS)
    assert len(desk.parts.store().waiting(10)) == 1


def test_phone_and_place_go_through_the_clipboard(qtbot: QtBot, heard_call: DeskWindow) -> None:
    form = heard_call.desk_page.form
    form.type.setFocus()
    QApplication.clipboard().setText(" +86 138-0013-8000\n")
    press(qtbot, Qt.Key.Key_V, CTRL | SHIFT)
    assert form.caller_phone.text() == "13800138000"
    press(qtbot, Qt.Key.Key_D, CTRL | SHIFT)
    assert "望京街道" in QApplication.clipboard().text()
    press(qtbot, Qt.Key.Key_V, CTRL | SHIFT)
    assert "没有电话" in heard_call.message.text
    press(qtbot, Qt.Key.Key_C, CTRL | SHIFT)
    assert QApplication.clipboard().text() == "13800138000"


def test_gaps_and_unknown_variables(desk: Workplace) -> None:
    assert fill("{place}，{phone}，{nothing}", {"phone": "110"}) == "＿＿，110，{nothing}"
    with pytest.raises(UserError, match="TEXT_MODULE"):
        desk.text_modules.keep("x", "{password}")
    with pytest.raises(UserError, match="TEXT_MODULE"):
        desk.text_modules.keep("x" * 99, "text")
    desk.close()


@pytest.mark.parametrize("content", ["", "[]", "a: 1", "a: {b: c}", "a: '{oops}'", "\0", "&a [*a]"])
def test_broken_modules_of_a_team_are_refused(content: str) -> None:
    with pytest.raises(UserError, match="REFERENCE_RULES"):
        read_modules(content)


WITHOUT_A_PLACE = (
    *("key_palette", "key_modules", "key_undo", "key_redo", "key_copy_phone", "key_copy_place"),
    *("key_paste_phone", "key_play", "key_next_request", "key_last_request", "lock", "cite"),
    *("mark_useful", "mark_not_useful", "mark_gap", "key_larger", "key_smaller", "key_usual_size"),
    *("statistics.refresh", "firstday.open", "firstday.tour", "key_continue"),
)
"""Actions that belong to no one widget: the palette tells their keys."""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_has_a_key_says_it_in_its_tooltip(heard_call: DeskWindow, language: str) -> None:
    heard_call.language.use(language)  # type: ignore[arg-type]
    for name in PAGES:
        heard_call.page(name)  # built
    heard_call.guide.open()
    told = [w for w in heard_call.findChildren(QWidget) if w.property(KEY)]
    for widget in told:
        name = widget.accessibleName()
        assert widget.toolTip().endswith(widget.property(KEY)), widget
        if isinstance(widget, QAbstractButton):
            assert widget.toolTip().startswith(name), (widget.toolTip(), name)
    for shortcut in heard_call.findChildren(QShortcut):
        key = shortcut.key().toString().replace("Return", "Enter")
        parent = shortcut.parent()
        if not key or (isinstance(shortcut, NamedKey) and shortcut.name in WITHOUT_A_PLACE):
            continue
        near = [parent, *parent.findChildren(QWidget)]
        assert any(one.property(KEY) == key for one in near), (key, parent)
    assert len(told) > 40
    heard_call.language.use("zh")


def test_a_field_is_reached_by_its_name_and_a_module_by_its_words(
    qtbot: QtBot, heard_call: DeskWindow
) -> None:
    form, palette = heard_call.desk_page.form, heard_call.hands.palette
    form.focus_first()
    press(qtbot, Qt.Key.Key_Q, ALT)
    write(qtbot, "zdlxdh")
    press(qtbot, Qt.Key.Key_Return)
    assert form.caller_phone.hasFocus()
    press(qtbot, Qt.Key.Key_M, CTRL)
    qtbot.waitUntil(palette.isVisible, timeout=WAIT_MS)
    commit(palette.line, "暂无人员受伤")
    assert palette.model.index(0).data().startswith("现场无人")
