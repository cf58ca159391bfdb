"""A centre as its administrator runs it, for benchmarks: real processes that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class RunningCentre:
    """A started ``main.py server`` and the address it printed."""

    process: subprocess.Popen[bytes]
    address: str

    def kill(self) -> None:
        """kill -9 of all its processes at once, as when the machine goes away."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def serving_processes(self) -> list[int]:
        """The processes below that serve, when there are several (Linux)."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        return [child for child, line in lines.items() if b"spawn_main" in line]


@contextmanager
def serving(url: str, folder: Path, processes: int, port: int = 0) -> Iterator[RunningCentre]:
    """Start a centre on a database; it is ended with the block, unless it was killed."""
    words = ["main.py", "server", "--port", str(port), "--db", url, "--data-dir", str(folder)]
    with (folder / "centre.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *words, "--processes", str(processes)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"JIESU_LOG": "WARNING"},
            process_group=0,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().decode()
        if not line.startswith("listening on "):
            raise RuntimeError((folder / "centre.log").read_text()[-2000:])
        yield RunningCentre(process, line.removeprefix("listening on ").strip())
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        process.stdout.close()
