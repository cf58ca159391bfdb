"""The command `batch`: a night over a folder of recordings, with progress, and what comes of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.overnight.night import SUMMARY, Night, cores_for_a_city, find_orders, hold, outcomes
from app.overnight.summary import summarise
from app.overnight.work import Order
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal

TELL_EVERY_S = 2.0
After = Callable[[Path, Sequence[Order]], dict[str, Any]]
"""What follows a night: training, and the sums of a seat or a centre."""


class Progress:
    """A line on standard error every two seconds, and at the end."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, done: int, total: int, link: str) -> None:
        """Say how far it is."""
        now = time.monotonic()
        if done == total or now - self._told > TELL_EVERY_S:
            self._told = now
            print(f"{done}/{total} {link}".rstrip(), file=sys.stderr, flush=True)


def batch(
    terminal: Terminal,
    folder: Path,
    out: Path,
    model: str,
    workers: int | None,
    cluster: str | None,
    after: After,
) -> int:
    """Hold a night; exit status 3 when some recordings could not be used."""
    orders = find_orders(folder, model)
    cores = os.cpu_count() or 1
    night = hold(orders, out, cores if workers is None else workers, cluster, Progress())
    summary = {
        "night": night.figures() | _city(night),
        **summarise(outcomes(out, orders)),
        **after(out, orders),
    }
    (out / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    if terminal.json:
        terminal.print_json(summary)
    else:
        terminal.show_figures(summary)
    return EXIT_DEGRADED if night.failed else EXIT_OK


def _city(night: Night) -> dict[str, Any]:
    if not night.fresh or not night.audio_s:
        return {}
    call_s = night.audio_s / night.fresh
    cores = cores_for_a_city(night.cpu_s / night.audio_s, call_s)
    return {"mean_call_s": round(call_s, 1), "cores_for_a_city_night": round(cores, 1)}
