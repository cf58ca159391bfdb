"""The desk at work, seen from its event loop: start, stalls in live calls, a whole shift, long lists.

A real window (under Xvfb with ``xvfb-run``, else painted into memory) over a real seat that delivers
to a real centre on this machine. A stall is the time a message posted to the event loop waits.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import startup
from bench.centre import serving
from resources.loader import resource_path

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from ui.desk_window import DeskWindow

PACE = 2.0
"""Seconds of the call a second."""
PING_S = 0.005
SEARCH_EVERY_S = 0.4
QUERIES = ("油烟", "停水怎么办", "公积金提取", "居住证", "噪音扰民")
CALLS_OF_A_SHIFT = 96
"""12 an hour for 8 hours."""
SETTLED_AFTER = 16
"""Calls until caches are filled; growth is counted from there."""
LONG_LIST = 100_000
WITHIN_S = 180.0


def run(data: Path | None) -> dict[str, Any]:
    """Start-up, stalls during calls at twice real speed, growth over a shift, a list of 100,000."""
    del data
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")
    os.environ["JIESU_KEYRING"] = "off"
    started = startup.run(None)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with _window(folder) as (application, window):
            figures = {
                **{name: started[name] for name in ("startup_s", "startup_ratio", "bare_s")},
                **_stalls(application, window),
                **_shift(application, window),
                **_long_list(application, window),
            }
    return figures | {"platform": os.environ["QT_QPA_PLATFORM"]}


@contextmanager
def _window(folder: Path) -> Iterator[tuple[QApplication, DeskWindow]]:
    """A loaded window whose seat is logged in at a centre of its own."""
    from app.workplace import Workplace
    from server.run import add_seat
    from ui.main import make_application, open_window

    centre, seat = folder / "centre", folder / "seat"
    centre.mkdir()
    password = add_seat("bench", None, centre)
    with serving(f"sqlite:///{centre / 'centre.db'}", centre, 1) as running:
        application = make_application(["bench"])
        desk = Workplace(seat)
        desk.log_in(running.address, "bench", password)
        window = open_window(desk, application, seat / "reports")
        window.resize(1600, 900)
        window.show()
        window.load()
        _until(application, lambda: not window.background.busy)
        desk.knowledge().wait_for_meaning(WITHIN_S)
        yield application, window
        window.close()
        window.deleteLater()
        application.processEvents()


def _until(application: QApplication, holds: Callable[[], object]) -> None:
    ends = time.monotonic() + WITHIN_S
    while not holds():
        if time.monotonic() > ends:
            raise RuntimeError("the desk did not get there in time")
        application.processEvents()
        time.sleep(0.001)


class _Pulse:
    """Asks the event loop for an answer every 5 ms, from another thread; how long each one waited."""

    def __init__(self) -> None:
        from PySide6.QtCore import QObject, Qt, Signal

        class Beat(QObject):
            asked = Signal(float)

        self.waited_ms: list[float] = []
        self._beat = Beat()
        self._answered, self._ended = threading.Event(), threading.Event()
        self._beat.asked.connect(self._on_asked, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._ask, name="pulse", daemon=True)

    def _on_asked(self, at: float) -> None:
        self.waited_ms.append(1000 * (time.perf_counter() - at))
        self._answered.set()

    def _ask(self) -> None:
        while not self._ended.wait(PING_S):
            self._answered.clear()
            self._beat.asked.emit(time.perf_counter())
            self._answered.wait(WITHIN_S)

    def __enter__(self) -> _Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._answered.set()
        self._thread.join()


def _stalls(application: QApplication, window: DeskWindow) -> dict[str, Any]:
    """Both recorded calls that come with the desk, heard live, while somebody searches."""
    from PySide6.QtGui import QInputMethodEvent
    from PySide6.QtWidgets import QApplication

    from app.desk import FileCall
    from app.domain.call import CallState

    page = window.desk_page
    with _Pulse() as pulse:
        for sound in sorted(resource_path("calls").glob("*.flac")):
            window.start_call(FileCall(sound, PACE))
            _until(application, lambda: window.control.state is CallState.TALKING)
            begun = asked = time.monotonic()
            while window.control.state is CallState.TALKING and time.monotonic() - begun < WITHIN_S:
                if time.monotonic() - asked > SEARCH_EVERY_S:
                    asked = time.monotonic()
                    words = QUERIES[int(asked / SEARCH_EVERY_S) % len(QUERIES)]
                    page.search.line.clear()
                    event = QInputMethodEvent()
                    event.setCommitString(words)
                    QApplication.sendEvent(page.search.line, event)
                application.processEvents()
                time.sleep(0.0005)  # the other threads of the desk need the interpreter
            page.search.line.clear()
            _finish_call(application, window)
    waits = np.array(pulse.waited_ms)
    return {
        "stall_p50_ms": round(float(np.percentile(waits, 50)), 2),
        "stall_p99_ms": round(float(np.percentile(waits, 99)), 1),
        "stall_max_ms": round(float(waits.max()), 1),
        "stalls_over_50_ms": int((waits > 50).sum()),
        "pings": len(waits),
    }


def _finish_call(application: QApplication, window: DeskWindow) -> None:
    """Wait for the last words and for what they fill in, submit, go on."""
    from app.domain.call import CallState

    desk, page = window._desk, window.desk_page
    _until(application, lambda: window.control.state is not CallState.TALKING)

    def complete() -> bool:
        return page.draft is not None and not desk.missing(page.draft)

    while page.draft is not None:
        _until(application, complete)
        written = page.draft.id
        page.ticket.submit_requested.emit()
        _until(application, partial(_is_gone, window, written))
    page.ticket.next_requested.emit()
    _until(application, lambda: window.control.state is CallState.READY)


def _is_gone(window: DeskWindow, draft_id: str) -> bool:
    draft = window.desk_page.draft
    return draft is None or draft.id != draft_id


def _shift(application: QApplication, window: DeskWindow) -> dict[str, Any]:
    """The calls of eight hours, as text and at once; what is still held at the end."""
    from app.desk import ScriptCall
    from bench.held import fill, grown, held
    from ui.background import WORKERS

    cases = sorted(resource_path("calls").glob("*.json"))
    fill(window.background, WORKERS)
    counts: list[tuple[float, dict[str, Counter[str]]]] = []
    for number in range(CALLS_OF_A_SHIFT):
        window.start_call(ScriptCall(cases[number % len(cases)], None))
        _until(application, lambda: window.control.call is not None)
        _finish_call(application, window)
        if number + 1 in (SETTLED_AFTER, CALLS_OF_A_SHIFT):
            _until(application, lambda: not _speaking())  # the caller of the last call is gone, too
            counts.append((_rss_mb(), held(application)))
    (before, then), (after, now) = counts
    return {
        "calls": CALLS_OF_A_SHIFT,
        "rss_mb": round(after, 1),
        "growth_pct": round(100 * (after / before - 1), 1),
        **{f"{kind}_grown": more for kind, more in grown(then, now).items()},
    }


def _speaking() -> bool:
    return any(thread.name == "script" for thread in threading.enumerate())


def _rss_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no resident size")


def _long_list(application: QApplication, window: DeskWindow) -> dict[str, Any]:
    """The table of tickets with 100,000 rows: filling it, painting it, going to its end."""
    window.show_page("tickets")
    page = window.tickets_page
    first = window._desk.tickets(1)[0]
    now = datetime.now(UTC)
    rows = tuple(
        replace(first, id=f"t-{number}", submitted_at=now - timedelta(seconds=number))
        for number in range(LONG_LIST)
    )
    begun = time.perf_counter()
    page.model.show_tickets(rows, ())
    page.table.viewport().repaint()
    filled = time.perf_counter()
    page.table.scrollToBottom()
    page.table.viewport().repaint()
    application.processEvents()
    return {
        "list_rows": LONG_LIST,
        "list_fill_ms": round(1000 * (filled - begun), 1),
        "list_to_end_ms": round(1000 * (time.perf_counter() - filled), 1),
    }
