"""A second call about the same matter shows the first ticket, and one key joins it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from app.events import AlikeFound
from app.workplace import Workplace
from resources.loader import resource_path
from ui.desk_window import DeskWindow

SAMPLE: Path = resource_path("calls", "03-bbq-fumes.json")
WAIT_MS = 20_000


def test_the_earlier_ticket_is_shown_and_joined(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    window, page = heard_call, heard_call.desk_page
    assert not page.ticket.alike.isVisible()
    qtbot.keyClick(page.form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.control.state is CallState.SUBMITTED, timeout=WAIT_MS)
    (first,) = desk.tickets()
    qtbot.waitUntil(page.ticket.next.isVisible, timeout=WAIT_MS)
    window.start_call(ScriptCall(SAMPLE, None))
    qtbot.waitUntil(page.ticket.alike.isVisible, timeout=WAIT_MS)
    assert "花家地" in page.ticket.alike.words.text()
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    page.ticket.alike.join.click()
    draft = page.draft
    assert draft is not None
    assert first.provisional in (draft.content.summary or "")
    assert draft.content.joins == first.id
    assert not page.units.list.isVisible()
    assert not page.units.add_line.isVisible()
    assert "已并入" in page.units.empty.text()
    page.units.typed.emit("units", ())
    assert page.draft is not None
    assert "units" not in desk.missing(page.draft)
    page.ticket.alike.join.click()
    assert page.units.add_line.isVisible()
    assert page.draft is not None
    assert "units" in desk.missing(page.draft)
    assert page.draft is not None
    assert page.draft.content.joins is None
    assert "共同诉求人" not in (page.draft.content.summary or "")


def test_a_known_answer_is_looked_up_by_its_key(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    assert page.draft is not None
    banner = page.ticket.alike
    found = AlikeFound(page.draft.id, area="朝阳区望京街道", surge=6, answer="家里停水怎么办")
    banner.show_found(found, page.draft)
    assert "6" in banner.words.text()
    assert not banner.join.isVisible()
    banner.answer.click()
    assert page.search.query == "家里停水怎么办"
    qtbot.waitUntil(
        lambda: "停水" in (((first := page.search.current()) and first.title) or ""), timeout=WAIT_MS
    )
    banner.show_found(AlikeFound(page.draft.id, area="朝阳区望京街道", surge=6), page.draft)
    assert not banner.answer.isVisible()
