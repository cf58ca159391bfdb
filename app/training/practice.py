"""The centre of a drill: a real centre on this machine, with data of its own, that can really fail.

An outage in a drill is no message on a bus: the process ends, connections are refused, tickets wait
in the drill's outbox, and when it is back the desk delivers them, as it would on the worst day.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from app.own_program import own_command
from app.workplace import Workplace
from resources.errors import UserError

SEAT = "drill"
START_WITHIN_S = 60.0
END_WITHIN_S = 10.0


class PracticeCentre:
    """A centre for one drill. Not for several threads at once; ``close`` removes all it kept."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._data = Path(tempfile.mkdtemp(prefix="centre-", dir=folder))
        self._process: subprocess.Popen[str] | None = None
        self._port = "0"
        self.url = ""

    @property
    def running(self) -> bool:
        """Whether it takes connections."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Listen, on the same port as before. Raises ``UserError("PRACTICE_CENTRE")``."""
        if self.running:
            return
        self._process = subprocess.Popen(
            self._command("--port", self._port),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._environment(),
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()  # empty when it ended without listening
        if not line.startswith("listening on http://127.0.0.1:"):
            self.stop()
            raise UserError("PRACTICE_CENTRE", detail=line or "-")
        self.url = line.removeprefix("listening on ")
        self._port = self.url.rpartition(":")[2]

    def serve(self, place: Workplace) -> None:
        """Start, and let a drill's desk deliver here. Raises ``UserError``."""
        added = subprocess.run(
            self._command("--add-seat", SEAT),
            capture_output=True,
            text=True,
            timeout=START_WITHIN_S,
            env=self._environment(),
            check=False,
        )
        if added.returncode:
            raise UserError("PRACTICE_CENTRE", detail=added.stderr.strip()[:200])
        self.start()
        place.centre.join_practice(self.url, SEAT, added.stdout.strip())

    def stop(self) -> None:
        """End the process: from now on connections are refused."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def close(self) -> None:
        """Stop and forget everything."""
        self.stop()
        shutil.rmtree(self._data, ignore_errors=True)

    def _command(self, *options: str) -> list[str]:
        return own_command("server", *options, "--data-dir", self._data)

    @staticmethod
    def _environment() -> dict[str, str]:
        return os.environ | {"JIESU_KEYRING": "off", "JIESU_LOG": "ERROR"}
