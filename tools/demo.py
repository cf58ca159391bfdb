"""The main job in one go: a recorded call becomes a ticket that a centre acknowledges.

Drives the real command line in processes of its own, in a scratch folder that is removed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CALL = ROOT / "resources" / "calls" / "03-bbq-fumes.flac"
SEAT = "seat-1"


@dataclass(frozen=True)
class Program:
    """How the program is started, and its environment."""

    start: Sequence[str | Path] = (sys.executable, ROOT / "main.py")
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line with these arguments."""
        return [str(word) for word in (*self.start, *arguments)]

    def run(self, *arguments: str | Path, told: str | None = None) -> None:
        """Run a command to its end; what it prints is seen. Raises ``CalledProcessError``."""
        environment = dict(self.environment)
        subprocess.run(self.command(*arguments), check=True, input=told, text=True, env=environment)

    def ask(self, *arguments: str | Path) -> str:
        """What a command prints. Raises ``CalledProcessError``."""
        asked = subprocess.run(
            self.command(*arguments),
            check=True, stdout=subprocess.PIPE, text=True, env=dict(self.environment),
        )  # fmt: skip
        return asked.stdout

    @contextmanager
    def centre(self, folder: Path, *options: str) -> Iterator[str]:
        """A running central server; yields its address."""
        process = subprocess.Popen(
            self.command("server", "--port", "0", "--data-dir", folder, *options),
            stdout=subprocess.PIPE,
            text=True,
            env={**self.environment, "JIESU_LOG": "WARNING"},
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "listening on " in line:
                    yield line.split("listening on ", 1)[1].strip()
                    return
            sys.exit("the centre did not start; see the message above")
        finally:
            process.terminate()
            process.wait(timeout=20)


def _step(title: str) -> None:
    print(f"\n── {title}", flush=True)


def demo(program: Program, call: Path, *centre_options: str) -> None:
    """Add a seat, start a centre, take the call, deliver; ends with an error when any step fails."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jiesu-demo-") as scratch:
        seat, server = Path(scratch, "seat"), Path(scratch, "centre")
        _step("中心：添加坐席，启动 · the centre: add a seat, start")
        added = program.ask("server", "--add-seat", SEAT, "--data-dir", server, "--json")
        password = json.loads(added)["password"]
        with program.centre(server, *centre_options) as address:
            print(address)
            _step(f"来电 · the call: {call.name}")
            program.run("call", call, "--submit", "--data-dir", seat)
            _step("同步 · sync")
            login = ("--server", address, "--seat", SEAT, "--password-stdin")
            program.run("sync", *login, "--data-dir", seat, told=password + "\n")
    print(f"\n完成 · done in {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    demo(Program(), CALL)
