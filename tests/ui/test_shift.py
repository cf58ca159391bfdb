"""Call after call, nothing is left behind: no widget, no timer, no thread."""

from __future__ import annotations

import gc
import threading
from collections import Counter

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from resources.loader import resource_path
from ui.desk_window import DeskWindow

CASES = sorted(resource_path("calls").glob("*.json"))
WAIT_MS = 20_000
WARM, CALLS = 3, 8


def held(window: DeskWindow) -> Counter[str]:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # type: ignore[arg-type]
    gc.collect()
    things: list[QObject] = [*QApplication.allWidgets(), *window.findChildren(QTimer)]
    counted = Counter(type(one).__name__ for one in things)
    return counted + Counter(thread.name.rstrip("_0123456789") for thread in threading.enumerate())


def test_eight_calls_leave_nothing_behind(qtbot: QtBot, window: DeskWindow) -> None:
    before = Counter[str]()
    page = window.desk_page
    for number in range(CALLS):
        window.start_call(ScriptCall(CASES[number % len(CASES)], None))
        qtbot.waitUntil(
            lambda: page.draft is not None and not window._desk.missing(page.draft), timeout=WAIT_MS
        )
        qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
        while page.draft is not None:
            written = page.draft.id
            page.ticket.submit_requested.emit()
            qtbot.waitUntil(
                lambda written=written: page.draft is None or page.draft.id != written, timeout=WAIT_MS
            )
        page.ticket.next_requested.emit()
        if number + 1 == WARM:
            before = held(window)
    grown = held(window) - before
    grown.pop("ui-io", None)  # a pool that grows to its few threads as they are needed
    assert not grown
