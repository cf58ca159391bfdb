"""The pages that ask a centre, with a real one behind them: filled, logged in, after it has gone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from app.desk import OutboxState
from app.domain.life import Step
from app.domain.ticket import Ticket
from app.reference.seat import Prepared
from app.reference.update import new_key, sign
from app.sync.cases import StepRequest
from bench.centre import RunningCentre, serving
from bench.scenes import OTHER, Scenes, Stage
from server.asking import Asker
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.life.steps import take_step
from server.reference import publish
from server.rights import Role
from server.run import add_person, add_seat
from server.statistics.following import follow_tickets
from ui.knowledge.publishing import Publishing

SEAT, PERSON = "seat-1", "李班长"
ROLES = (Role.TEAM_LEAD, Role.KNOWLEDGE_EDITOR, Role.DISPATCH_REVIEWER, Role.OPERATOR)
REVIEWER = Asker("审核员", frozenset({Role.DISPATCH_REVIEWER}))
UPDATE = {
    "version": "9.1",
    "date": "2026-12-01",
    "zh": "转写更快，断网后恢复更早。",
    "en": "Faster transcripts, and earlier back after an outage.",
}


def centre_scenes(stage: Stage) -> Scenes:
    """Queues, statistics, reviews, the editor's published lists, a newer program; then an outage."""
    with tempfile.TemporaryDirectory(prefix="jiesu-centre-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (
            serving(default_url(folder), folder, 1) as centre,
            closing(CentreDatabase(default_url(folder))) as database,
        ):
            try:
                yield from _with(stage, centre, database, folder)
            finally:
                Prepared().hold()


def _with(stage: Stage, centre: RunningCentre, database: CentreDatabase, folder: Path) -> Scenes:
    password = add_person(PERSON, [role.value for role in ROLES], "", None, folder)
    stage.hear(OTHER)
    stage.submit()
    stage.go_on()
    stage.desk.log_in(centre.address, SEAT, add_seat(SEAT, data_dir=folder))
    stage.desk.sync_once()
    attend(database)
    kept = {one.ticket_id for one in stage.desk.outbox() if one.state is OutboxState.REFUSED}
    _carry_on(database, [one for one in stage.desk.tickets() if one.id not in kept])
    attend(database)
    follow_tickets(database)
    stage.desk.sync_now()
    yield from _queue_scenes(stage)
    yield from _numbers_scenes(stage, centre.address, password)
    yield from _editor_scenes(stage, centre.address, password)
    yield from _review_scenes(stage, centre.address, password)
    (folder / "news").write_text(json.dumps(UPDATE), "utf-8")
    new_key(folder / "key")
    publish(database, "update", sign(folder / "news", folder / "key"), "test")
    stage.show("settings")
    stage.desk.sync_once()
    stage.desk.centre.prepare_reference()
    stage.until(lambda: UPDATE["version"] in stage.window.message.text)
    yield stage.scene("settings-update")
    centre.kill()
    yield from _away_scenes(stage)


def _carry_on(database: CentreDatabase, tickets: Sequence[Ticket]) -> None:
    """One ticket is reported done, one comes back; the third wants more time."""
    soon = datetime.now(UTC) + timedelta(days=20)
    for ticket, ways in zip(tickets, ("reported", "returned", "told"), strict=False):
        unit = Asker("王科员", frozenset({Role.HANDLING_UNIT}), ticket.content.units[0].name)
        if ways == "returned":
            wants = StepRequest(step=Step.OBJECT, reason="not_our_duty", words="店内油烟，不归街道")
            take_step(database, unit, ticket.id, wants)
            agreed = StepRequest(step=Step.UPHOLD, words="属实")
            take_step(database, REVIEWER, ticket.id, agreed)
            continue
        take_step(database, unit, ticket.id, StepRequest(step=Step.ACCEPT))
        if ways == "reported":
            done = StepRequest(step=Step.REPORT, words="已责令店家清洗净化设施，夜间复查无油烟")
        else:
            done = StepRequest(
                step=Step.ASK_EXTENSION, reason="material", words="需装新净化器", until=soon
            )
        take_step(database, unit, ticket.id, done)


def _queue_scenes(stage: Stage) -> Scenes:
    page = stage.window.queues_page
    stage.show("queues")
    stage.until(lambda: page.cards.model().rowCount() > 0)
    yield stage.scene("queues-reported")
    page.cards.setCurrentIndex(page.cards.model().index(0, 0))
    stage.until(page.form.isVisible)
    yield stage.scene("queues-callback")
    page.queues.chosen.emit("returned")
    stage.until(lambda: page.cards.model().rowCount() > 0)
    page.cards.setCurrentIndex(page.cards.model().index(0, 0))
    stage.until(page.form.isVisible)
    yield stage.scene("queues-returned")
    page.queues.chosen.emit("unassigned")
    yield stage.scene("queues-none")
    tickets = stage.window.tickets_page
    stage.show("tickets")
    tickets.table.selectRow(1)
    yield stage.scene("tickets-with-story")


def _numbers_scenes(stage: Stage, address: str, password: str) -> Scenes:
    page = stage.window.statistics_page
    stage.show("statistics")
    with stage.held_up():
        page.refresh()
        yield stage.waiting("statistics-reading")
    page.login.asked.emit(address, PERSON, password)
    stage.until(lambda: page._of_centre)
    yield stage.scene("statistics-centre")
    page.cards[0].click()
    yield stage.scene("statistics-centre-behind")


def _editor_scenes(stage: Stage, address: str, password: str) -> Scenes:
    page = stage.window.editor_page
    stage.show("editor")
    page.login.asked.emit(address, PERSON, "falsch")
    stage.until(lambda: bool(stage.window.message.text))
    yield stage.scene("editor-refused")
    stage.window.message.clear()
    page.login.asked.emit(address, PERSON, password)
    stage.until(lambda: page.publishing.at_centre)
    stage.settle()
    page.show_list("unpublished")
    stage.until(lambda: page.model.rowCount() > 0)
    page.list.setCurrentIndex(page.model.index(0))
    yield stage.scene("editor-unpublished")
    for public in (True, False):
        page.public.setChecked(public)
        more = partial(_longer, page.publishing, len(page.publishing.published))
        page.publish.click()
        stage.until(more)
    page.show_list("published")
    page.list.setCurrentIndex(page.model.index(0))
    yield stage.scene("editor-published")


def _longer(publishing: Publishing, before: int) -> bool:
    return len(publishing.published) > before


def _review_scenes(stage: Stage, address: str, password: str) -> Scenes:
    page = stage.window.review_page
    stage.show("review")
    page.login.asked.emit(address, PERSON, password)
    stage.until(lambda: bool(stage.desk.review.visitor))
    yield stage.scene("review-centre")
    page.queue.table.selectRow(0)
    yield stage.scene("review-centre-open")
    page.queue.places.chosen.emit("seat")
    stage.settle()


def _away_scenes(stage: Stage) -> Scenes:
    """The centre has gone: every page that asks it says so, and the desk goes on."""
    window = stage.window
    stage.show("queues")
    stage.until(lambda: not window.queues_page.cards.isVisible())
    yield stage.scene("queues-away")
    stage.show("statistics")
    window.statistics_page.refresh()
    yield stage.scene("statistics-away")
    window.statistics_page.use_source(None)
    stage.show("editor")
    yield stage.scene("editor-away")
    window.editor_page.publishing.log_out()
    stage.hear(OTHER)
    stage.submit()
    yield stage.scene("desk-submitted-away")
    stage.go_on()
