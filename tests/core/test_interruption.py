"""What a program that is told to end still does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.interruption import ending_signals
from app.terminal import EXIT_INTERRUPTED

ROOT = Path(__file__).parents[2]
AT_WORK = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever these tests were started by
from app.interruption import interrupt_at_signals
interrupt_at_signals()
try:
    print("at work", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
finally:
    print("closed")
"""


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent these signals there")
@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP"])
def test_what_is_open_is_closed_on_the_way_out(kind: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", AT_WORK], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        process.send_signal(getattr(signal, kind))
        said, _ = process.communicate(timeout=20)
    assert (said, process.returncode) == ("closed\n", EXIT_INTERRUPTED)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal there")
def test_what_the_program_was_started_to_ignore_is_left_alone() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert signal.SIGHUP not in ending_signals()
        assert signal.SIGTERM in ending_signals()
    finally:
        signal.signal(signal.SIGHUP, before)
