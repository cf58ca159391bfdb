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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CALL = ROOT / "resources" / "calls" / "03-bbq-fumes.flac"
SEAT = "seat-1"


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]


def _step(title: str) -> None:
    print(f"\n── {title}", flush=True)


@contextmanager
def centre(folder: Path) -> Iterator[str]:
    """A running central server; yields its address."""
    process = subprocess.Popen(
        _command("server", "--port", "0", "--data-dir", folder),
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"JIESU_LOG": "WARNING"},
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


def main() -> None:
    """Run the demo; ends with an error when any step fails."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jiesu-demo-") as scratch:
        seat, server = Path(scratch, "seat"), Path(scratch, "centre")
        _step("中心：添加坐席，启动 · the centre: add a seat, start")
        added = subprocess.run(
            _command("server", "--add-seat", SEAT, "--data-dir", server, "--json"),
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        password = json.loads(added.stdout)["password"]
        with centre(server) as address:
            print(address)
            _step(f"来电 · the call: {CALL.relative_to(ROOT)}")
            subprocess.run(_command("call", CALL, "--submit", "--data-dir", seat), check=True)
            _step("同步 · sync")
            login = ("--server", address, "--seat", SEAT, "--password-stdin")
            subprocess.run(
                _command("sync", *login, "--data-dir", seat),
                check=True,
                input=password + "\n",
                text=True,
            )
    print(f"\n完成 · done in {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
