"""kill -9 of a seat's window in the middle of typing: what of the draft and its cursor is there again.

``python -m bench.typed_kills FOLDER`` is the window that gets killed: it hears a call, then types into
the summary as a quick hand does, and prints each character with the machine's monotonic time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from app.domain.draft import Cursor

KILLS = 20
PAUSES_S = (0.02, 0.12)
SHORTEST_TYPING_S, LONGEST_TYPING_S = 1.0, 3.0
"""Longer than a change may take to be on disk, so that the first one is."""
TYPED = "路灯不亮已有三天，夜里看不清路，老人出门不便，希望尽快维修并回复。"
ROOT = Path(__file__).parents[1]


def type_until_killed(folder: Path) -> None:
    """The window to kill."""
    from PySide6.QtGui import QInputMethodEvent

    from app.desk import ScriptCall
    from app.domain.call import CallState
    from app.workplace import Workplace
    from resources.loader import resource_path
    from ui.main import make_application, open_window

    application = make_application(["typing"])
    window = open_window(Workplace(folder), application, folder / "reports")
    window.show()
    window.start_call(ScriptCall(resource_path("calls", "03-bbq-fumes.json"), None))
    while window.control.state is not CallState.WRAPPING or window.desk_page.draft is None:
        application.processEvents()
        time.sleep(0.01)
    summary = window.desk_page.form.summary
    summary.setFocus()
    summary.selectAll()
    for character in cycle(TYPED):
        event = QInputMethodEvent()
        event.setCommitString(character)
        application.sendEvent(summary, event)
        print(character, time.monotonic(), flush=True)
        until = time.monotonic() + random.uniform(*PAUSES_S)
        while (now := time.monotonic()) < until:
            application.processEvents()
            time.sleep(min(0.005, until - now))


@dataclass(frozen=True, slots=True)
class Killed:
    """``typed``: each character with its time; ``at``: when the kill came."""

    typed: tuple[tuple[str, float], ...]
    at: float

    def holds(self, kept: str) -> bool:
        """Whether that is the beginning of what was typed (its last character may not be told of)."""
        return (TYPED * (len(self.typed) // len(TYPED) + 2))[: len(self.typed) + 1].startswith(kept)

    def lost_s(self, kept: str) -> float:
        """How much of the time before the kill is missing: from the first character not kept."""
        return 0.0 if len(kept) >= len(self.typed) else self.at - self.typed[len(kept)][1]


def kill_while_typing(folder: Path) -> Killed:
    """Let a window open on the folder, type for a while, and kill it."""
    program = subprocess.Popen(
        [sys.executable, "-m", "bench.typed_kills", os.fspath(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "JIESU_KEYRING": "off"},
    )
    assert program.stdout is not None
    lines = [program.stdout.readline()]
    until = time.monotonic() + random.uniform(SHORTEST_TYPING_S, LONGEST_TYPING_S)
    while time.monotonic() < until and lines[-1]:
        lines.append(program.stdout.readline())
    at = time.monotonic()
    program.kill()
    lines += program.communicate(timeout=60)[0].splitlines()
    words = [line.split() for line in lines if line.strip()]
    return Killed(tuple((character, float(moment)) for character, moment in words), at)


def kept_after(folder: Path) -> tuple[str, Cursor | None]:
    """The summary that is on disk, and where in the draft the operator was."""
    from app.workplace import Workplace

    with closing(Workplace(folder)) as desk:
        draft = max(desk.parts.store().open_drafts(), key=lambda one: len(one.content.summary or ""))
        return draft.content.summary or "", draft.cursor


def run(kills: int = KILLS) -> dict[str, Any]:
    """``lost_ms`` = typing that a kill took away (largest and median); the others should be 0."""
    lost, other_text, cursor_elsewhere, characters = list[float](), 0, 0, 0
    for _ in range(kills):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            killed = kill_while_typing(Path(name))
            kept, cursor = kept_after(Path(name))
        characters += len(killed.typed)
        if not killed.holds(kept):
            other_text += 1
            continue
        lost.append(1000 * killed.lost_s(kept))
        # it moves before the character is written: one further is the end, as the desk shows it
        cursor_elsewhere += cursor not in (
            Cursor("summary", len(kept)),
            Cursor("summary", len(kept) + 1),
        )
    lost.sort()
    return {
        "kills": kills,
        "characters": characters,
        "lost_ms_max": round(lost[-1]) if lost else None,
        "lost_ms_median": round(lost[len(lost) // 2]) if lost else None,
        "other_text": other_text,
        "cursor_elsewhere": cursor_elsewhere,
    }


if __name__ == "__main__":
    type_until_killed(Path(sys.argv[1]))
