"""A million random events of an operator who knows nothing: keys, composed text, mouse, files, calls.

Each seed is a process of its own with a real window over a real seat in a temporary folder, so that
a crash costs one seed and is named. Beside a crash, a fault is an exception that nobody caught
(in any thread, or only logged), a critical message of Qt, and a draft that is not what was typed.
The same seed makes the same events; what threads do between them differs a little from run to run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EVENTS = 1_000_000
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
ROOT = Path(__file__).parents[1]
LAST_LINES = 40


def run(
    data: Path | None, *, events: int = EVENTS, seeds: Sequence[int] = SEEDS, beside: int = 0
) -> dict[str, Any]:
    """``events`` random events in all, shared out to the seeds.

    ``beside``: processes at a time, 0 = as many as the machine has cores.
    """
    del data
    beside = beside or os.cpu_count() or 1
    each = -(-events // len(seeds))
    begun = time.perf_counter()
    waiting, outcomes = list(seeds), list[dict[str, Any]]()
    running: list[_Process] = []
    try:
        while waiting or running:
            while waiting and len(running) < beside:
                running.append(_Process(waiting.pop(0), each))
            for process in [one for one in running if one.ended()]:
                running.remove(process)
                outcomes.append(process.outcome())
            time.sleep(0.05)
    finally:
        for process in running:
            process.kill()
    taken = time.perf_counter() - begun
    made = sum(one["events"] for one in outcomes)
    names = ("exceptions", "qt_criticals", "lost_drafts", "checks", "drafts", "calls", "restarts")
    return {
        "events": made,
        "crashes": sum(one["crashed"] for one in outcomes),
        **{name: sum(one.get(name, 0) for one in outcomes) for name in names},
        "qt_warnings": sum(one.get("qt_warnings", 0) for one in outcomes),
        "late_saves": sum(one.get("late_saves", 0) for one in outcomes),
        "slowest_save_ms": max((one.get("slowest_save_ms", 0.0) for one in outcomes), default=0.0),
        "events_per_s": round(made / taken, 1),
        "rss_mb": max((one.get("rss_mb", 0.0) for one in outcomes), default=0.0),
        "growth_pct": max((one.get("growth_pct", 0.0) for one in outcomes), default=0.0),
        "faults": [fault for one in outcomes for fault in one["faults"]],
        "seeds": {one["seed"]: one["events"] for one in outcomes},
    }


class _Process:
    """One seed at work in a folder of its own, which is also its home."""

    def __init__(self, seed: int, events: int) -> None:
        self.seed = seed
        self._folder = tempfile.TemporaryDirectory(prefix="monkey-", ignore_cleanup_errors=True)
        home = Path(self._folder.name)
        self._told, self._said = home / "told.json", home / "said.txt"
        homes = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR")
        kept = {name: value for name, value in os.environ.items() if name != "HOTLINE_DATA"}
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.monkey_seat", str(seed), str(events), str(self._told)],
                cwd=home,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=kept
                | dict.fromkeys(homes, str(home))
                | {
                    "PYTHONPATH": str(ROOT),
                    "QT_QPA_PLATFORM": "offscreen",
                    "JIESU_KEYRING": "off",
                    "JIESU_MODELS": str(home / "models"),
                },
            )

    def kill(self) -> None:
        """End it; what it told is of no use."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def ended(self) -> bool:
        """Whether the process is over."""
        return self._process.poll() is not None

    def outcome(self) -> dict[str, Any]:
        """What it told; where it crashed or hung, what it said last."""
        told: dict[str, Any] = {"events": 0, "faults": []}
        if self._told.exists():
            told = json.loads(self._told.read_text(encoding="utf-8"))
        crashed = self._process.returncode != 0
        if crashed:
            words = self._said.read_text(encoding="utf-8", errors="replace").splitlines()
            fault = {"kind": "crash", "seed": self.seed, "status": self._process.returncode}
            told["faults"].append(fault | {"said": words[-LAST_LINES:]})
        self._folder.cleanup()
        return told | {"seed": self.seed, "crashed": int(crashed)}
