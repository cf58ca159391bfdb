"""The desk as a screen reader has it: over the real accessibility bus, with nothing but that bus.

A display (Xvfb), a session bus, the accessibility bus and the program run in processes of their own.
A softphone rings; the call is answered, ended and submitted by pressing what the bus names, the fields
are read from it, and what is announced is heard from it. What can be used and has no name is counted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SERVICE = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
"""The session bus starts the accessibility bus by it."""
WITHIN_S = 360.0


def run(data: Path | None) -> dict[str, Any]:
    """What a reader found, and what it heard of a whole call."""
    del data
    if missing := missing_parts():
        return {"skipped": f"not here: {', '.join(missing)}"}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, _display() as display:
        environment = os.environ | {
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "JIESU_KEYRING": "off",
            "JIESU_MODELS": str(Path(name) / "models"),
            "XDG_RUNTIME_DIR": name,
        }
        told = subprocess.run(
            ["dbus-run-session", "--", sys.executable, "-m", "bench.reader_session", name],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )
        if told.returncode:
            print(told.stderr, file=sys.stderr)
            raise RuntimeError(f"the reader ended with {told.returncode}")
    figures: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return figures


def missing_parts() -> list[str]:
    """What this machine lacks for it."""
    programs = [name for name in ("Xvfb", "dbus-run-session") if not shutil.which(name)]
    return programs if SERVICE.exists() else [*programs, "at-spi2-core"]


@contextmanager
def _display() -> Iterator[str]:
    """A display of its own, by its name."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise RuntimeError("Xvfb does not start")
        try:
            yield f":{number}"
        finally:
            server.terminate()
