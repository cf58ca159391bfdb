"""Cold start to a usable window, against a bare Qt window, in turn and in the same run.

Usable = the window is painted and the event loop is idle, so that a key is answered. Each start is
a new process; the time runs from its launch to the line it prints.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

STARTS = 15
USABLE = "usable"


def run(data: Path | None) -> dict[str, Any]:
    """Seconds to a usable window, median of ``STARTS`` each after one warm-up, and their ratio."""
    del data
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("bare", "desk"):
            _seconds(kind, folder)
        times = [(_seconds("bare", folder), _seconds("desk", folder)) for _ in range(STARTS)]
    bare, desk = (median(column) for column in zip(*times, strict=True))
    return {
        "startup_s": round(desk, 3),
        "bare_s": round(bare, 3),
        "startup_ratio": round(median(d / b for b, d in times), 2),
        "slowest_s": round(max(d for _, d in times), 3),
        "platform": _environment().get("QT_QPA_PLATFORM", "default"),
        "n": STARTS,
    }


def _environment() -> dict[str, str]:
    """Without a screen both windows are painted into memory."""
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    hidden = {} if screen or sys.platform != "linux" else {"QT_QPA_PLATFORM": "offscreen"}
    return os.environ | hidden


def _seconds(kind: str, folder: str) -> float:
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.startup", kind, folder],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == USABLE:
                taken = time.perf_counter() - begun
                break
        else:
            raise RuntimeError(f"the {kind} window did not become usable")
        process.communicate()
    return taken


def _show(kind: str, folder: str) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    def usable() -> None:
        print(USABLE, flush=True)
        QTimer.singleShot(0, QApplication.quit)

    if kind == "bare":
        application = QApplication([])
        bare = QMainWindow()
        bare.setCentralWidget(QLabel("12345"))
        bare.resize(1600, 900)
        bare.show()
        QTimer.singleShot(0, usable)
        return application.exec()

    from app.workplace import Workplace
    from ui.main import make_application, open_window

    desk = Workplace(Path(folder))
    application = make_application([])
    window = open_window(desk, application, Path(folder))
    window.show()
    QTimer.singleShot(0, window.load)
    QTimer.singleShot(0, usable)
    status = application.exec()
    window.shut_down()
    return status


if __name__ == "__main__":
    sys.exit(_show(sys.argv[1], sys.argv[2]))
