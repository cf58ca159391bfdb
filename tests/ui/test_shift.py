"""Call after call, page after page, nothing is left behind: no widget, no timer, no thread."""

from __future__ import annotations

import threading
from collections import Counter

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from bench.held import fill, grown, held
from resources.loader import resource_path
from ui.background import WORKERS
from ui.desk_window import DeskWindow
from ui.window.top_bar import PAGES

CASES = sorted(resource_path("calls").glob("*.json"))
WAIT_MS = 20_000
WARM, CALLS = 3, 8


def test_eight_calls_leave_nothing_behind(qtbot: QtBot, qapp: QApplication, window: DeskWindow) -> None:
    before = dict[str, Counter[str]]()
    page = window.desk_page
    fill(window.background, WORKERS)
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
        for name in PAGES:
            window.show_page(name)
        window.hands.ask_action()
        window.show_page("desk")
        qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
        if number + 1 in (WARM, CALLS):
            qtbot.waitUntil(lambda: "script" not in _threads(), timeout=WAIT_MS)
        if number + 1 == WARM:
            before = held(qapp)
    assert grown(before, held(qapp)) == {"widgets": {}, "timers": {}, "threads": {}}


def _threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}
