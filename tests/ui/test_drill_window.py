"""Drills in the window: the mark, the talk, the trainer's hand, the score, and nothing that leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.desk import Desk, OutboxState
from app.domain.call import CallState, Speaker
from app.domain.draft import Draft
from app.training.attempts import Attempt, Attempts, exam_case, to_text, verify
from app.training.coach import Help, help_for
from app.training.drill import FOLDER, Drill, drill_place
from app.training.live import Style
from app.training.scenario import EventKind, bundled_scenarios, load_scenario
from app.training.scoring import score
from app.training.trainee import perfect_trainee, silent_trainee
from app.workplace import Workplace
from resources.errors import UserError
from ui.desk_window import DeskWindow
from ui.drill.director import Running
from ui.drill.drill_page import DrillPage, load_cases

CASES = {path.stem: load_scenario(path) for path in bundled_scenarios()}
WAIT_MS = 30_000
GREETING = "您好，北京市一二三四五市民服务热线，请问有什么可以帮您？"


@pytest.fixture
def page(qtbot: QtBot, window: DeskWindow) -> DrillPage:
    window.show_page("drill")
    qtbot.waitUntil(lambda: window.drill_page.model.rowCount() >= 26, timeout=WAIT_MS)
    return window.drill_page


def begin(
    qtbot: QtBot, page: DrillPage, case: str = "101-water-outage", style=Style.PRACTICE
) -> Running:
    row = next(n for n in range(page.model.rowCount()) if page.model.at(n).id == case)
    page.table.selectRow(page.filtered.mapFromSource(page.model.index(row, 0)).row())
    page.setup.style_row.chosen.emit(style)
    page.setup.trainee.setText("王晓")
    page.setup.start.click()
    qtbot.waitUntil(
        lambda: page.director.running is not None and page.director.running.trainer is not None,
        timeout=WAIT_MS,
    )
    running = page.director.running
    running.drill._clock._pace = 60.0  # a minute a second: the caller need not be heard out
    return running


def say(qtbot: QtBot, running: Running, words: str) -> None:
    before = len(running.drill.record().said)
    running.desk.drill_bar.line.setText(words)
    qtbot.keyClick(running.desk.drill_bar.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(running.drill.record().said) > before, timeout=WAIT_MS)


def told(running: Running) -> str:
    return running.desk.desk_page.transcript.view.toPlainText()


def test_cases_are_found_by_level_and_words(qtbot: QtBot, page: DrillPage) -> None:
    page.levels.chosen.emit(3)
    assert page.model.rowCount() == sum(case.level == 3 for case in CASES.values())
    page.levels.chosen.emit(None)
    page.line.setText("断网")
    page.line.textEdited.emit("断网")
    shown = [
        page.model.at(page.filtered.mapToSource(page.filtered.index(n, 0)).row()).id
        for n in range(page.filtered.rowCount())
    ]
    down = EventKind.SERVER_DOWN
    assert shown == [
        name for name, case in CASES.items() if any(event.kind is down for event in case.events)
    ]


def test_a_drill_is_marked_held_scored_and_never_sent(
    qtbot: QtBot, window: DeskWindow, page: DrillPage, desk: Workplace
) -> None:
    running = begin(qtbot, page)
    bar = running.desk.drill_bar
    for name in running.desk.top.pages:
        running.desk.show_page(name)
        assert bar.isVisible(), "the mark must not leave"
    running.desk.show_page("desk")
    assert bar.mark.text() == "演练中"
    assert "演练" in running.desk.windowTitle()
    assert not running.desk.top.microphone.isVisible(), "no real call begins here"
    assert not window.drill_bar.isVisible(), "the real seat has no mark"
    say(qtbot, running, GREETING)
    qtbot.waitUntil(lambda: CASES["101-water-outage"].opening in told(running), timeout=WAIT_MS)
    for step in perfect_trainee(CASES["101-water-outage"])[1:]:
        if step.say:
            say(qtbot, running, step.say)
    running.desk.top.hang_up.click()
    qtbot.waitUntil(lambda: running.desk.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    place = running.place
    for name, value in {"subject": "停水", "place": "红庙北里"}.items():
        running.desk.desk_page.form.typed.emit(name, value)
    running.desk.desk_page.ticket.submit.click()
    qtbot.waitUntil(lambda: running.desk.desk_page.draft is None, timeout=WAIT_MS)
    assert [row.state for row in place.outbox()] == [OutboxState.WAITING]
    assert [row.attempts for row in place.outbox()] == [0]
    qtbot.waitUntil(lambda: page.score.attempt is not None, timeout=WAIT_MS)
    assert page.pages.currentWidget() is page.score
    assert page.score.attempt.total > 50
    assert "标题" in page.score.points.toPlainText()
    assert page.director.running is None
    qtbot.waitUntil(lambda: not isValid(running.desk), timeout=WAIT_MS)
    assert desk.outbox() == ()
    assert desk.tickets() == ()
    qtbot.waitUntil(lambda: page.held.rowCount() == 1, timeout=WAIT_MS)


def test_the_trainer_acts_on_the_trainees_desk(qtbot: QtBot, page: DrillPage) -> None:
    running = begin(qtbot, page)
    trainer = running.trainer
    assert trainer.isWindow()
    assert trainer.isVisible()
    row = next(row for row in trainer.facts if "place" in row.fact.topics)
    row.click()
    qtbot.waitUntil(lambda: row.fact.says in told(running), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: row.sign.text() == "✓", timeout=WAIT_MS)
    trainer.remark.setText("先让群众说完")
    qtbot.keyClick(trainer.remark, Qt.Key.Key_Return)
    trainer.second_caller.setText("快一点！")
    trainer.events[EventKind.SECOND_CALLER].click()
    qtbot.waitUntil(lambda: "快一点！" in told(running), timeout=WAIT_MS)
    trainer.events[EventKind.LINE_DROP].click()
    qtbot.waitUntil(lambda: running.desk.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    assert "先让群众说完" in trainer.log.toPlainText()
    trainer.end.click()
    qtbot.waitUntil(lambda: page.score.attempt is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not isValid(trainer), timeout=WAIT_MS)


def test_the_coach_says_less_to_whoever_does_well(qtbot: QtBot, page: DrillPage) -> None:
    running = begin(qtbot, page, style=Style.COACH)
    bar = running.desk.drill_bar
    qtbot.waitUntil(bar.hint.isVisible, timeout=WAIT_MS)
    assert GREETING in bar.hint.text()
    say(qtbot, running, GREETING)
    qtbot.waitUntil(lambda: GREETING not in bar.hint.text(), timeout=WAIT_MS)
    bar.end.click()
    qtbot.waitUntil(lambda: page.score.attempt is not None, timeout=WAIT_MS)
    attempt = page.score.attempt
    levels = [help_for([_with_total(attempt, total)], "王晓", 1) for total in (20.0, 70.0, 85.0, 95.0)]
    assert levels == [Help.WORDS, Help.NAME, Help.COUNT, Help.NONE]
    assert help_for([_with_total(attempt, 95.0)], "别人", 1) is Help.WORDS


def _with_total(attempt, total: float):
    from dataclasses import replace

    return replace(attempt, total=total)


def test_an_exam_is_drawn_by_its_seed_without_help_and_signed(
    qtbot: QtBot, page: DrillPage, tmp_path: Path, desk: Workplace
) -> None:
    page.setup.seed.setText("20261122")
    drawn = exam_case(load_cases(desk.data_dir), 1, 20261122)
    running = begin(qtbot, page, style=Style.EXAM)
    assert running.setup.scenario.id == drawn.id
    assert not running.trainer.isVisible()
    say(qtbot, running, GREETING)
    assert not running.desk.drill_bar.hint.isVisible()
    running.desk.drill_bar.end.click()
    qtbot.waitUntil(lambda: page.score.attempt is not None, timeout=WAIT_MS)
    attempt = page.score.attempt
    assert page.score.export.isVisible()
    signed = Attempts(desk.data_dir / FOLDER).sign(attempt)
    path = tmp_path / "exam.json"
    path.write_text(to_text(signed), encoding="utf-8")
    read, _key = verify(path)
    assert (read.total, read.seed, read.trainee) == (
        pytest.approx(attempt.total, abs=1e-3),
        20261122,
        "王晓",
    )
    forged = json.loads(path.read_text(encoding="utf-8"))
    for change in ({"total": 100.0}, {"trainee": "李雷"}, {"seed": 1}):
        path.write_text(json.dumps(forged | {"result": forged["result"] | change}), encoding="utf-8")
        with pytest.raises(UserError, match="EXAM_FORGED"):
            verify(path)


def test_a_score_leads_back_to_its_moment_and_a_retry_goes_on_there(
    qtbot: QtBot, page: DrillPage, tmp_path: Path
) -> None:
    running = begin(qtbot, page)
    for step in [s for s in perfect_trainee(CASES["101-water-outage"]) if s.say][:3]:
        say(qtbot, running, step.say)
    qtbot.waitUntil(lambda: "place" in running.drill.told, timeout=WAIT_MS)
    page.director.end()
    qtbot.waitUntil(lambda: page.score.attempt is not None, timeout=WAIT_MS)
    point = next(p for p in score(page.score.attempt.record).points if p.name == "asked.place")
    assert point.second is not None
    page.score.points.anchorClicked.emit(f"moment:{point.second}")
    assert page.score.timeline.second == pytest.approx(point.second)
    path = tmp_path / "certificate.pdf"
    page.save_certificate(page.score.attempt, path)
    assert path.read_bytes().startswith(b"%PDF-")
    assert path.stat().st_size > 2_000
    qtbot.waitUntil(lambda: not page.director.busy, timeout=WAIT_MS)
    page.score.retry.click()
    qtbot.waitUntil(
        lambda: page.director.running is not None and page.director.running.drill is not None,
        timeout=WAIT_MS,
    )
    again = page.director.running
    qtbot.waitUntil(lambda: CASES["101-water-outage"].opening in told(again), timeout=WAIT_MS)
    assert again.drill.second >= point.second
    assert "place" not in again.drill.told


class Hands(Drill):
    """The scripted trainee working at the window: fields and submit go through its widgets."""

    def __init__(self, window: DeskWindow, qtbot: QtBot, place: Workplace, case) -> None:
        self.window, self.qtbot = window, qtbot
        super().__init__(place, case)
        qtbot.waitUntil(self._shown, timeout=WAIT_MS)

    def _shown(self) -> None:
        call = self.window.control.call
        assert call is not None
        assert call.id == self._session.call.id
        assert self.window.desk_page.draft is not None

    def _change(self, change: Callable[[Draft], Draft]) -> None:
        self.window.desk_page._edit(change)
        self._notice()

    def submit(self) -> None:
        self._clock.spend(1.0)
        submit, page = self.window.desk_page.ticket.submit, self.window.desk_page
        known = {ticket.id for ticket in self._place.tickets()}
        self.qtbot.waitUntil(
            lambda: self.window.control.state is not CallState.TALKING, timeout=WAIT_MS
        )
        submit.click()
        if not self._place.missing(self._place.drafts()[0]):
            self.qtbot.waitUntil(lambda: page.draft is None, timeout=WAIT_MS)
        for ticket in self._place.tickets():
            if ticket.id not in known:
                self.record.tickets.append(ticket.content)
                self.note("submitted", ticket.id)


def test_every_bundled_case_runs_to_its_score_through_the_window(
    qtbot: QtBot, open_desk_window: Callable[[Desk], DeskWindow], data_dir: Path
) -> None:
    """Perfect earns 100, silence nothing, one wrong field exactly its weight: at the real desk."""
    place = drill_place(data_dir)
    window = open_desk_window(place)
    for name, case in CASES.items():
        perfect = score(Hands(window, qtbot, place, case).take(perfect_trainee(case)))
        assert perfect.total == pytest.approx(100), (name, [p for p in perfect.points if p.earned < 1])
        caller = [s for s in window.desk_page.transcript.view.toPlainText().splitlines() if s]
        assert caller, name
        window.desk_page.ticket.next.click()
    case = CASES["101-water-outage"]
    silent = score(Hands(window, qtbot, place, case).take(silent_trainee()))
    assert silent.total == 0
    steps = list(perfect_trainee(case))
    steps.insert(-2, type(steps[0])(set={"subject": "ZZ"}))
    wrong = score(Hands(window, qtbot, place, case).take(steps))
    weight = next(p.weight for p in wrong.points if p.name == "subject")
    assert wrong.total == pytest.approx(100 - weight)
    assert {row.attempts for row in place.outbox()} == {0}


def test_words_of_the_trainee_are_the_trainees(qtbot: QtBot, page: DrillPage) -> None:
    running = begin(qtbot, page)
    say(qtbot, running, "您好，请讲。")
    said = running.drill.record().said[0]
    assert (said.speaker, said.words) == (Speaker.OPERATOR, "您好，请讲。")


def test_progress_is_shown_for_each_trainee(qtbot: QtBot, page: DrillPage, desk: Desk) -> None:
    water = CASES["101-water-outage"]
    with closing(drill_place(desk.data_dir)) as place:
        shelf = Attempts(desk.data_dir / FOLDER)
        for number, (who, steps) in enumerate(
            [
                ("王晓", silent_trainee()),
                ("王晓", perfect_trainee(water)),
                ("李明", perfect_trainee(water)),
            ]
        ):
            record = Drill(place, water).take(steps)
            held = datetime(2026, 11, 1 + number, 23, 30, tzinfo=UTC)
            shelf.keep(Attempt(str(number), who, held, Style.PRACTICE, score(record).total, record))
    page.refresh()
    qtbot.waitUntil(lambda: len(page.progress.chart.columns) == 3, timeout=WAIT_MS)
    page.views.chosen.emit("progress")
    page.who.setCurrentIndex(page.who.findData("王晓"))
    first, second = page.progress.chart.columns
    assert second.whole > first.whole
    assert first.mark == "11-02", "half past eleven in Greenwich is the next day in the city"
    assert page.held.rowCount() == 2
    assert page.coverage.covered == 1
    assert page.progress.sections.count() > 3
    page.progress.chart.opened.emit(1)
    assert page.score.attempt is not None
    assert page.score.attempt.id == "1"
    for row in range(page.progress.sections.count()):  # behind each figure are its drills, worst first
        page.progress.sections.opened.emit(row)
        assert page.lists.currentWidget() is page.held_table
        held = [one.id for number in range(2) if (one := page.held.at(number)) is not None]
        assert sorted(held) == ["0", "1"]
        page.views.chosen.emit("progress")
    totals = {number: figure.text() for number, figure in enumerate(page.progress.line.figures)}
    assert "2" in totals[0]
    assert "1" in totals[3]
    for number, ids in ((0, "10"), (1, "10"), (2, "1"), (3, "1"), (4, "10")):
        page.progress.line.figures[number].click()
        assert page.lists.currentWidget() is page.held_table
        listed = [page.held.at(row) for row in range(page.held.rowCount())]
        assert [one.id for one in listed if one is not None] == list(ids)
        page.views.chosen.emit("progress")
    page.views.chosen.emit("coverage")
    passed, tried, never = page.coverage_view.figures.figures
    assert tried.isHidden(), "what was tried was passed"
    passed.click()
    only = page.held.at(0)
    assert only is not None
    assert (only.id, page.held.rowCount()) == ("1", 1)
    page.views.chosen.emit("coverage")
    never.click()
    assert page.lists.currentWidget() is page.table
    assert 0 < page.model.rowCount() < len(page._cases)
    page.levels.chosen.emit(0)
    assert page.model.rowCount() == len(page._cases)
    page.views.chosen.emit("coverage")
    page.coverage.setFocus()
    page.coverage.resize(900, 600)
    tiles = list(page.coverage._best)
    for number, code in enumerate(tiles):
        qtbot.mouseClick(
            page.coverage, Qt.MouseButton.LeftButton, pos=page.coverage._tile(number).center().toPoint()
        )
        shown = page.lists.currentWidget()
        assert (shown is page.held_table) == (page.coverage._best[code] is not None)
        assert page.held.at(0) is not None if shown is page.held_table else page.filtered.rowCount() > 0
        assert page.coverage.accessibleName().endswith(page.coverage.words(code))
        page.views.chosen.emit("coverage")
    qtbot.keyClick(page.coverage, Qt.Key.Key_Left)
    assert page.coverage.current == len(tiles) - 2


def test_no_window_can_be_closed_before_its_drill_has_begun(qtbot: QtBot, page: DrillPage) -> None:
    shown = list[bool]()
    page.director.begun.connect(lambda: shown.append(page.director.running.desk.isVisible()))
    page.table.selectRow(0)
    page.setup.trainee.setText("王晓")
    page.setup.start.click()
    qtbot.waitUntil(lambda: page.director.running is not None, timeout=WAIT_MS)
    if page.director.running.drill is None:
        assert not page.director.running.desk.isVisible()
    qtbot.waitUntil(lambda: shown == [True], timeout=WAIT_MS)
    page.director.abort()
