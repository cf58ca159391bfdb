"""What a window holds: its widgets, timers and threads, counted, so that a leak has a name."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from ui.background import Background


def held(application: QApplication) -> dict[str, Counter[str]]:
    """Widgets by class, timers by the class they belong to, threads by name."""
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    tops: list[QObject] = [application, *application.topLevelWidgets()]
    timers = {timer for top in tops for timer in top.findChildren(QTimer)}
    return {
        "widgets": Counter(type(widget).__name__ for widget in application.allWidgets()),
        "timers": Counter(type(timer.parent()).__name__ for timer in timers),
        "threads": Counter(thread.name for thread in threading.enumerate()),
    }


def grown(before: dict[str, Counter[str]], after: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    """What there is more of, by kind."""
    return {kind: dict(after[kind] - before[kind]) for kind in after}


def fill(background: Background, threads: int) -> None:
    """Let a pool make all the threads it may, so that none it makes later looks like a leak."""
    together = threading.Barrier(threads)
    for _ in range(threads):
        background.run(together.wait)
