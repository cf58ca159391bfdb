"""One seed of the monkey in a process: ``python -m bench.monkey_seat SEED EVENTS TOLD.json``."""

from __future__ import annotations

import faulthandler
import gc
import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app import readiness
from app.settings import Settings, save_settings
from app.storage.users import SeatUser
from bench.monkey_hands import NAME, PASSWORD, Hands
from bench.monkey_watch import Faults, Ledger, WatchedSeat
from bench.ui import _rss_mb
from ui.desk_window import DeskWindow
from ui.main import make_application, open_window

MOST_AT_ONCE = 40
"""Events between two turns of the event loop, at most."""
CHECK_EVERY, RESTART_EVERY = 1_500, 50_000
HUNG_S = 1800.0
LOCKED_OUT = 400
"""Acts at a locked screen after which the desk is started anew."""


class Player:
    """Plays ``events`` acts of ``seed``; ``told`` is written when all is over."""

    def __init__(self, seed: int, events: int, folder: Path) -> None:
        self._dice = random.Random(seed)
        self._events, self._folder = events, folder
        self._application = make_application(["monkey"])
        self._application.setQuitOnLastWindowClosed(False)
        self.faults = Faults(seed)
        self.ledger = Ledger(self.faults)
        self.played = self.restarts = self._locked = 0
        self._acting = False
        self._memory: list[float] = []
        files = folder / "files"
        _make_files(files)
        self.window = self._open()
        self.hands = Hands(self._dice, self.window, files, self.faults.acts.append)

    def play(self) -> None:
        """All of it."""
        faulthandler.enable()
        readiness.MEANING_AFTER_S = 1e6  # search by words: embedding every article would take the time
        self.faults.install()
        bursts, answers = QTimer(), QTimer()
        bursts.timeout.connect(self._burst)
        answers.timeout.connect(self._answer)
        bursts.start(0)
        answers.start(5)
        self._application.exec()
        bursts.stop()
        answers.stop()
        self._restart(last=True)
        QApplication.clipboard().clear()  # what Python put there must not outlive it
        self.faults.leave()

    def told(self) -> dict[str, Any]:
        """What came of it."""
        counts, ledger = self.faults.counts, self.ledger
        before, after = self._memory[0], self._memory[-1]
        return {
            "events": self.played,
            "exceptions": counts["exception"],
            "qt_criticals": counts["qt_critical"],
            "qt_warnings": counts["qt_warning"],
            "lost_drafts": ledger.lost,
            "late_saves": ledger.late,
            "slowest_save_ms": round(1000 * ledger.slowest_s, 1),
            "checks": ledger.checks,
            "drafts": ledger.seen,
            "calls": self.hands.calls,
            "restarts": self.restarts,
            "rss_mb": round(after, 1),
            "growth_pct": round(100 * (after / before - 1), 1),
            "faults": list(self.faults.found.values()),
        }

    # -- inside ----------------------------------------------------------------------------------

    def _burst(self) -> None:
        for _ in range(min(self._dice.randrange(1, MOST_AT_ONCE), self._events - self.played)):
            self.played += 1
            self._acting = True
            try:
                self.hands.act()
            finally:
                self._acting = False
            self._locked = self._locked + 1 if self.window.locking.locked else 0
            if self.played % CHECK_EVERY == 0:
                faulthandler.dump_traceback_later(HUNG_S, exit=True)
                print(f"{self.played} events: {', '.join(self.faults.acts)}", flush=True)
                self._check()
            if self.played % RESTART_EVERY == 0 or self._locked > LOCKED_OUT:
                self._restart()
                break
        if self.played >= self._events:
            self._application.quit()

    def _answer(self) -> None:
        if self._acting:
            self.hands.answer()

    def _check(self) -> None:
        self.ledger.check_form(self.window.desk_page)
        self.ledger.check(self._seat.parts.store(), self._wait)

    def _wait(self) -> None:
        self._application.processEvents()
        time.sleep(0.01)

    def _open(self) -> DeskWindow:
        folder = self._folder / "seat"
        if not folder.exists():
            folder.mkdir()
            save_settings(folder, Settings(operator_device="—", theme="light"))
        self._seat = WatchedSeat(folder)
        self._seat.ledger = self.ledger
        self._seat.bus.subscribe(self.faults.on_event)
        self._seat.parts.store().put_user(known_operator())
        self._seat.people.log_in(NAME, PASSWORD)
        window = open_window(self._seat, self._application, self._folder / "reports")
        window.background.bug_found.connect(
            lambda error: self.faults.exception("exception in the background", error)
        )
        window.show()
        window.activateWindow()
        window.load()
        return window

    def _restart(self, last: bool = False) -> None:
        """End the desk as at the end of a shift and look into its store, then begin the next one."""
        self.ledger.check_form(self.window.desk_page)
        self.window.shut_down()
        self.window.close()
        self.window.deleteLater()
        self._application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        if self.restarts or last:
            self._memory.append(_rss_mb())
        self.restarts += 1
        self._locked = 0
        after = WatchedSeat(self._folder / "seat")
        self.ledger.check(after.parts.store(), lambda: time.sleep(0.05))
        after.close()
        if not last:
            self.window = self.hands.window = self._open()


def known_operator() -> SeatUser:
    """Somebody who has logged in at the seat before."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return SeatUser(NAME, quick.hash(PASSWORD), "g", ("operator",), datetime.now(UTC))


def _make_files(folder: Path) -> None:
    """What the monkey opens, drops and imports."""
    (folder / "folder").mkdir(parents=True)
    for name, data in {
        "article.md": "---\nid: a\ntitle: 停水\n---\n# 停水\n请拨打".encode(),
        "broken.wav": b"RIFF\x00\x00\x00\x00WAVEfmt ",
        "empty.json": b"",
        "names.csv": "街道,望京\n".encode("gb18030"),
        "noise.bin": bytes(range(256)) * 40,
        "page.html": b"<script>alert(1)</script><p>x",
        "sheet.xlsx": b"PK\x03\x04 no sheet",
    }.items():
        (folder / name).write_bytes(data)


def main(arguments: list[str]) -> int:
    """Play one seed in the folder we are in."""
    seed, events, told = int(arguments[0]), int(arguments[1]), Path(arguments[2])
    player = Player(seed, events, Path.cwd())
    player.play()
    told.write_text(json.dumps(player.told(), ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
