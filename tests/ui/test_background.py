"""Background work: its outcome comes on the GUI thread, newer work cancels older."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QThread
from pytestqt.qtbot import QtBot

from resources.errors import Cancelled, UserError
from ui.background import Background


@pytest.fixture
def background(qapp: QCoreApplication) -> Iterator[Background]:
    runner = Background()
    yield runner
    assert runner.close()


def test_result_comes_on_the_gui_thread(qtbot: QtBot, background: Background) -> None:
    results: list[tuple[int, bool]] = []
    ran_on: list[int] = []

    def work() -> int:
        ran_on.append(threading.get_ident())
        return 42

    gui = QThread.currentThread()
    background.run(work, lambda result: results.append((result, QThread.currentThread() is gui)))
    qtbot.waitUntil(lambda: bool(results))
    assert results == [(42, True)]
    assert ran_on[0] != threading.get_ident()


def test_user_error_goes_to_the_asker_or_else_to_the_bar(qtbot: QtBot, background: Background) -> None:
    def fail() -> None:
        raise UserError("CALL_RUNNING")

    own: list[UserError | None] = []
    background.run(fail, failed=own.append)
    qtbot.waitUntil(lambda: bool(own))
    assert own[0] is not None
    assert own[0].code == "CALL_RUNNING"
    with qtbot.waitSignal(background.user_error_raised) as shown:
        background.run(fail)
    assert shown.args is not None
    assert shown.args[0].code == "CALL_RUNNING"


def test_bug_is_found_and_the_asker_told(qtbot: QtBot, background: Background) -> None:
    told: list[UserError | None] = []
    with qtbot.waitSignal(background.bug_found) as found:
        background.run(lambda: 1 // 0, failed=told.append)
    assert found.args is not None
    assert isinstance(found.args[0], ZeroDivisionError)
    assert told == [None]


def test_cancellation_is_silent(qtbot: QtBot, background: Background) -> None:
    def stop() -> None:
        raise Cancelled

    said: list[object] = []
    background.user_error_raised.connect(said.append)
    background.bug_found.connect(said.append)
    with qtbot.waitSignal(background.idled):
        background.run(stop, said.append, said.append)
    assert said == []


def test_newer_of_a_kind_cancels_the_older(qtbot: QtBot, background: Background) -> None:
    go = threading.Event()
    results: list[str] = []
    background.run(lambda: go.wait(10) and "old", results.append, kind="search")
    background.run(lambda: "new", results.append, kind="search")
    background.run(lambda: "other", results.append, kind="tickets")
    qtbot.waitUntil(lambda: len(results) == 2)
    with qtbot.waitSignal(background.idled):
        go.set()
    assert sorted(results) == ["new", "other"]


def test_work_that_comes_after_the_end_is_left(qtbot: QtBot, qapp: QCoreApplication) -> None:
    """A timer of a window that is closed but not yet gone may still ask for something."""
    background, done = Background(), list[object]()
    assert background.close()
    task = background.run(lambda: 42, done.append, kind="search")
    qtbot.wait(0)
    assert task.cancelled.is_set()
    assert not background.busy
    assert done == []
