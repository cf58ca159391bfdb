"""Find a benchmark by name, run it, say on what machine."""

from __future__ import annotations

import importlib
import os
import platform
from pathlib import Path
from typing import Any

from resources.errors import UserError

NAMES = (
    "access",
    "batch",
    "calls",
    "crashes",
    "contract",
    "dashboard",
    "dispatch",
    "faults",
    "firstday",
    "fuzz",
    "hands",
    "hostile_files",
    "index_kills",
    "keystrokes",
    "monkey",
    "operator",
    "path",
    "privacy",
    "prompts",
    "reader",
    "repair",
    "review",
    "rising",
    "robust",
    "search",
    "shift",
    "size",
    "speech",
    "startup",
    "sync",
    "ui",
)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":", 1)[1].strip()
            for line in info.read_text().splitlines()
            if "model name" in line
        ]
        processor = models[0] if models else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def run_benchmarks(name: str, data: Path | None, **wanted: Any) -> dict[str, Any]:
    """The figures of one benchmark, or of all. ``data`` = folder of measurement data, if any.

    Each benchmark is a module of this room with ``run(data) -> dict``. One that needs data it
    does not have says so in its figures. ``wanted``: what only the monkey can be told.
    Raises ``UserError("BENCH_UNKNOWN")``, and ``"USAGE"`` for what a benchmark cannot be told.
    """
    if wanted and name != "monkey":
        raise UserError("USAGE", detail=" ".join(f"--{one}" for one in wanted))
    if name != "all" and name not in NAMES:
        raise UserError("BENCH_UNKNOWN", name=name, known=", ".join((*NAMES, "all")))
    chosen = NAMES if name == "all" else (name,)
    figures = {one: importlib.import_module(f"bench.{one}").run(data, **wanted) for one in chosen}
    return {"machine": machine(), **figures}
