"""Queues, timeline and amendments on screen, against a real centre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from centre_process import CentreProcess
from pytestqt.qtbot import QtBot
from sample_tickets import make_ticket

from app.domain.call import Call
from app.domain.life import Stage, Step
from app.domain.ticket import Ticket, UnitRole, UnitSuggestion
from app.sync.cases import StepRequest
from app.workplace import Workplace
from server.asking import Asker
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.life.showing import case
from server.life.steps import take_step
from server.rights import Role
from server.run import add_seat
from ui.desk_window import DeskWindow

WAIT_MS = 60_000
STREET = "望京街道办事处"
UNIT = Asker("王科员", frozenset({Role.HANDLING_UNIT}), STREET)
REVIEWER = Asker("审核员", frozenset({Role.DISPATCH_REVIEWER}))


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[tuple[str, CentreDatabase]]:
    folder = tmp_path / "centre"
    folder.mkdir()
    running = CentreProcess("", folder)
    try:
        with closing(CentreDatabase(default_url(folder))) as database:
            yield running.url, database
    finally:
        running.stop()


@pytest.fixture
def submitted(desk: Workplace, centre: tuple[str, CentreDatabase], tmp_path: Path) -> Ticket:
    """A ticket of this seat, with its unit."""
    url, database = centre
    desk.log_in(url, "seat-1", add_seat("seat-1", data_dir=tmp_path / "centre"))
    sample = make_ticket()
    units = (UnitSuggestion(STREET, UnitRole.LEAD, 0.9),)
    ticket = replace(sample, content=replace(sample.content, units=units))
    store = desk.parts.store()
    store.start_call(Call(ticket.call_id, datetime.now(UTC), "file"))
    store.submit(ticket)
    assert desk.sync_once().accepted == 1
    attend(database)
    return ticket


def test_a_callback_by_the_short_form(
    submitted: Ticket,
    centre: tuple[str, CentreDatabase],
    window: DeskWindow,
    qtbot: QtBot,
) -> None:
    database = centre[1]
    take_step(database, UNIT, submitted.id, StepRequest(step=Step.ACCEPT))
    take_step(database, UNIT, submitted.id, StepRequest(step=Step.REPORT, words="灯已修好"))
    page = window.queues_page
    window.show_page("queues")
    qtbot.waitUntil(lambda: page.cards.model().rowCount() == 1, timeout=WAIT_MS)
    page.cards.setCurrentIndex(page.cards.model().index(0, 0))
    qtbot.waitUntil(page.form.isVisible, timeout=WAIT_MS)
    assert "灯已修好" in page.story.toPlainText()
    phone = submitted.content.caller.phone or ""
    assert phone
    assert phone not in page.caller.text()
    page.show_caller.click()
    qtbot.waitUntil(lambda: phone in page.caller.text(), timeout=WAIT_MS)
    assert not page.form.save.isEnabled()
    for row, chip in (("contacted", 0), ("solved", 0), ("satisfaction", 1)):
        page.form.rows[row].chips[chip].click()
    assert page.form.save.isEnabled()
    with qtbot.waitSignal(page.message, timeout=WAIT_MS):
        page.form.save.click()
    shown = case(database, REVIEWER, submitted.id)
    assert shown.line.stage is Stage.CLOSED
    assert shown.events[-1].detail["satisfaction"] == "partly"
    qtbot.waitUntil(lambda: page.cards.model().rowCount() == 0, timeout=WAIT_MS)


def test_a_returned_ticket_offers_the_suggested_unit(
    submitted: Ticket,
    centre: tuple[str, CentreDatabase],
    window: DeskWindow,
    qtbot: QtBot,
) -> None:
    database = centre[1]
    objection = StepRequest(
        step=Step.OBJECT, reason="not_our_duty", words="不归我们", unit="朝阳区水务局"
    )
    take_step(database, UNIT, submitted.id, objection)
    take_step(database, REVIEWER, submitted.id, StepRequest(step=Step.UPHOLD, words="属实"))
    page = window.queues_page
    window.show_page("queues")
    page.queues.chips[1].click()
    qtbot.waitUntil(lambda: page.cards.model().rowCount() == 1, timeout=WAIT_MS)
    page.cards.setCurrentIndex(page.cards.model().index(0, 0))
    qtbot.waitUntil(page.form.isVisible, timeout=WAIT_MS)
    assert page.form.unit.text() == "朝阳区水务局"
    with qtbot.waitSignal(page.message, timeout=WAIT_MS):
        page.form.save.click()
    assert case(database, REVIEWER, submitted.id).line.unit == "朝阳区水务局"


def test_a_ticket_is_put_right_and_its_story_shown(
    submitted: Ticket,
    centre: tuple[str, CentreDatabase],
    window: DeskWindow,
    desk: Workplace,
    qtbot: QtBot,
) -> None:
    database = centre[1]
    take_step(database, UNIT, submitted.id, StepRequest(step=Step.ACCEPT))
    page, view = window.tickets_page, window.tickets_page.view
    window.show_page("tickets")
    qtbot.waitUntil(lambda: "王科员" in view.text.toPlainText(), timeout=WAIT_MS)
    view.amend.click()
    assert (submitted.content.caller.phone or "x") not in view.form.lines["caller_phone"].text()
    view.form.lines["subject"].setText("改过的标题")
    assert not view.form.save.isEnabled(), "a reason is missing"
    view.form.words.setText("听错了")
    with qtbot.waitSignal(view.message, timeout=WAIT_MS):
        view.form.save.click()
    qtbot.waitUntil(lambda: "改过的标题" in view.text.toPlainText(), timeout=WAIT_MS)
    assert page.model.at(0) is not None
    desk.sync_once()
    shown = case(database, REVIEWER, submitted.id)
    assert (shown.line.subject, shown.events[-1].step) == ("改过的标题", Step.AMEND)
    kept = desk.parts.store().ticket(submitted.id)
    assert kept is not None
    assert kept.content.caller == submitted.content.caller


def test_without_a_centre_the_page_says_so(window: DeskWindow, qtbot: QtBot) -> None:
    window.show_page("queues")
    words = window.queues_page.empty
    qtbot.waitUntil(lambda: "登录" in words.text(), timeout=WAIT_MS)
    window.language.use("en")
    assert window.queues_page.list_panel.title.text() == "To do"
