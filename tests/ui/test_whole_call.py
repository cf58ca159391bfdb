"""A call from ring to acknowledged-or-waiting ticket with real keys, and what may never happen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desk import OutboxState, ScriptCall
from app.domain.call import CallState
from app.domain.draft import Origin
from app.domain.ticket import UnitRole
from app.workplace import Workplace
from resources.loader import resource_path
from ui.desk_window import DeskWindow

SAMPLE = resource_path("calls", "03-bbq-fumes.json")
WAIT_MS = 20_000


def press(
    qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """A key for whatever has the focus."""
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    qtbot.keyClick(target, key, modifier)


def commit(widget: QWidget, text: str) -> None:
    """Text as an input method gives it."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def test_tab_through_the_form_and_submit(qtbot: QtBot, heard_call: DeskWindow, desk: Workplace) -> None:
    window = heard_call
    form = window.desk_page.form
    assert form.type.hasFocus()
    for _ in range(16):
        press(qtbot, Qt.Key.Key_Tab)
    draft = window.desk_page.draft
    assert draft is not None
    accepted = {name for name, origin in draft.origins.items() if origin is Origin.ACCEPTED}
    assert {"type", "subject", "district", "street", "place", "category", "summary"} <= accepted
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.control.state is CallState.SUBMITTED, timeout=WAIT_MS)
    (ticket,) = desk.tickets()
    assert ticket.content.district == "朝阳区"
    assert ticket.content.street == "望京街道"
    assert ticket.content.caller.confidential
    (row,) = desk.outbox()
    assert (row.ticket_id, row.state) == (ticket.id, OutboxState.WAITING)
    qtbot.waitUntil(lambda: window.desk_page.ticket.next.isVisible(), timeout=WAIT_MS)
    assert ticket.content.subject is not None
    assert ticket.content.subject in window.desk_page.ticket.sent_lines.text()


def test_one_key_submits_a_complete_ticket(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: heard_call.control.state is CallState.SUBMITTED, timeout=WAIT_MS)
    qtbot.waitUntil(heard_call.desk_page.ticket.next.isVisible, timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F4)
    assert heard_call.control.state is CallState.READY
    assert heard_call.control.call is None


def test_submit_of_an_incomplete_ticket_goes_to_the_missing_field(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    form = heard_call.desk_page.form
    form.subject.setFocus()
    press(qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    press(qtbot, Qt.Key.Key_Delete)
    form.type.setFocus()
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert form.subject.hasFocus()
    assert "标题" in heard_call.desk_page.ticket.state.text()
    assert desk.tickets() == ()


def test_typing_is_never_overwritten(qtbot: QtBot, window: DeskWindow) -> None:
    window.start_call(ScriptCall(SAMPLE, 20.0))
    form = window.desk_page.form
    qtbot.waitUntil(lambda: form.subject.isEnabled(), timeout=WAIT_MS)
    form.subject.setFocus()
    qtbot.keyClicks(form.subject, "my own words")
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: form.category.text() != "", timeout=WAIT_MS)
    assert form.subject.text() == "my own words"
    draft = window.desk_page.draft
    assert draft is not None
    assert draft.content.subject == "my own words"
    assert "subject" not in draft.content.proof


def test_rejected_stays_rejected(qtbot: QtBot, window: DeskWindow) -> None:
    window.start_call(ScriptCall(SAMPLE, 10.0))
    form = window.desk_page.form
    qtbot.waitUntil(lambda: form.category.suggested, timeout=WAIT_MS)
    refused = form.category.text()
    form.category.setFocus()
    press(qtbot, Qt.Key.Key_Escape)
    assert form.category.text() == ""
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    assert form.category.text() != refused


def test_hang_up_key_ends_the_call(qtbot: QtBot, window: DeskWindow) -> None:
    window.start_call(ScriptCall(SAMPLE, 1.0))
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.top.hang_up.isVisible(), timeout=WAIT_MS)
    press(qtbot, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    assert not window.top.hang_up.isVisible()


def test_units_are_chosen_with_keys(qtbot: QtBot, heard_call: DeskWindow) -> None:
    units = heard_call.desk_page.units
    press(qtbot, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert units.list.hasFocus()
    second = units.model.unit(1)
    assert second is not None
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Return)
    draft = heard_call.desk_page.draft
    assert draft is not None
    assert draft.origins["units"] is Origin.TYPED
    assert (draft.content.units[0].name, draft.content.units[0].role) == (second.name, UnitRole.LEAD)
    assert [unit.role for unit in draft.content.units].count(UnitRole.LEAD) == 1
    units.list.setCurrentIndex(units.model.index(1))
    left = units.model.unit(1)
    assert left is not None
    press(qtbot, Qt.Key.Key_Space)
    draft = heard_call.desk_page.draft
    assert draft is not None
    assert left.name not in {unit.name for unit in draft.content.units}
    assert left.name in {units.model.unit(row).name for row in range(units.model.rowCount())}  # type: ignore[union-attr]


def test_category_is_found_by_pinyin_and_picked(qtbot: QtBot, heard_call: DeskWindow) -> None:
    field = heard_call.desk_page.form.category
    field.setFocus()
    press(qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, "ludeng")
    qtbot.waitUntil(lambda: field.popup.isVisible(), timeout=WAIT_MS)
    qtbot.keyClick(field.popup, Qt.Key.Key_Return)
    draft = heard_call.desk_page.draft
    assert draft is not None
    assert draft.content.category is not None
    assert any("路灯" in part or "照明" in part for part in draft.content.category.path)
    assert field.text() == " / ".join(draft.content.category.path)


def test_text_that_names_no_category_is_put_back(qtbot: QtBot, heard_call: DeskWindow) -> None:
    field = heard_call.desk_page.form.category
    before = field.text()
    field.setFocus()
    press(qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, "zzzqqq")
    assert field.property("invalid")
    press(qtbot, Qt.Key.Key_Escape)
    assert field.text() == before


def test_second_request_is_added_and_switched_with_keys(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    first = page.draft
    press(qtbot, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert page.draft is not None
    assert first is not None
    assert page.draft.id != first.id
    assert page.form.subject.text() == ""
    press(qtbot, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert page.draft.id == first.id
    assert page.form.subject.text() == first.content.subject


def test_article_is_cited_with_one_key(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    qtbot.waitUntil(lambda: page.search.current() is not None, timeout=WAIT_MS)
    article = page.search.current()
    assert article is not None
    press(qtbot, Qt.Key.Key_F9)
    assert page.draft is not None
    assert [citation.article_id for citation in page.draft.content.citations] == [article.id]
    press(qtbot, Qt.Key.Key_F9)
    assert page.draft.content.citations == ()


def test_search_follows_typing_and_escape_brings_suggestions_back(
    qtbot: QtBot, heard_call: DeskWindow
) -> None:
    search = heard_call.desk_page.search
    qtbot.waitUntil(lambda: search.model.rowCount() > 0, timeout=WAIT_MS)
    suggested = search.model.article(0)
    press(qtbot, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert search.line.hasFocus()
    commit(search.line, "居住证")
    qtbot.waitUntil(lambda: "居住" in (search.model.article(0) or suggested).title, timeout=WAIT_MS)  # type: ignore[union-attr]
    press(qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: search.model.article(0) == suggested, timeout=WAIT_MS)


def test_draft_of_an_earlier_run_is_offered_not_imposed(
    qtbot: QtBot,
    open_desk_window: Callable[[Workplace], DeskWindow],
    heard_call: DeskWindow,
    data_dir: Path,
) -> None:
    subject = heard_call.desk_page.form.subject.text()
    heard_call.close()
    later = open_desk_window(Workplace(data_dir))
    later.desk_page.recovery.look()
    panel = later.desk_page.ticket
    qtbot.waitUntil(lambda: panel.recovery.isVisible(), timeout=WAIT_MS)
    assert subject in panel.recovery.words.text()
    assert later.desk_page.draft is None
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: later.desk_page.form.subject.text() == subject, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "烧烤" in later.desk_page.transcript.view.toPlainText(), timeout=WAIT_MS)
    assert later.control.state is CallState.WRAPPING


def test_further_facts_are_shown_and_taken_away_with_keys(qtbot: QtBot, heard_call: DeskWindow) -> None:
    chips = [chip for chip in heard_call.desk_page.form.facts.chips.values() if chip.isVisible()]
    for chip in chips:
        assert chip.property("state") == "suggested"
        chip.setFocus()
        press(qtbot, Qt.Key.Key_Escape)
        assert not chip.isVisible()
    draft = heard_call.desk_page.draft
    assert draft is not None
    assert len(draft.rejected) == len(chips)
