"""A sound server of our own for a trial: PulseAudio with a null sink, works headless and as root.

What is played into the sink can be captured from its monitor by any program that gets ``env``.
PortAudio reads its environment when it starts, so the capturing program must be a new process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

SINK = "call"
NULL_SINK = (f"sink_name={SINK}", "rate=48000", "channels=2")


@dataclass(frozen=True)
class SoundServer:
    """A running server. ``env`` makes a program use it; the default input is the sink's monitor."""

    env: dict[str, str]

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """Start to play a file into the sink, in real time; wait for the process to hear it out."""
        return subprocess.Popen(["paplay", f"--device={SINK}", str(path)], env=self.env)

    def unplug(self) -> None:
        """Take the sink away, as a headset that is pulled."""
        self.control("unload-module", "module-null-sink")

    def plug(self) -> None:
        """Bring the sink back, as the default input and output."""
        self.control("load-module", "module-null-sink", *NULL_SINK)

    def control(self, *words: str) -> str:
        """What ``pactl`` answers."""
        return subprocess.run(
            ["pactl", *words], env=self.env, check=True, capture_output=True, text=True, timeout=20
        ).stdout


def missing_tools() -> list[str]:
    """The programs of PulseAudio that are not installed here."""
    return [tool for tool in ("pulseaudio", "paplay", "pactl") if shutil.which(tool) is None]


@contextmanager
def running_server() -> Iterator[SoundServer]:
    """A private PulseAudio with one stereo null sink of 48 kHz; ends with the block."""
    home = Path(mkdtemp(prefix="sound-"))  # short: a socket's path may have 107 characters only
    socket = home / "native"
    env = dict(os.environ) | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_CONFIG_HOME": str(home),
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_SOURCE": f"{SINK}.monitor",
        "PULSE_SINK": SINK,
    }
    env.pop("DISPLAY", None)
    server = subprocess.Popen(
        [
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
            *("--disable-shm=yes", "--log-target=stderr", "--log-level=error"),
            *("-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"),
            *("-L", " ".join(("module-null-sink", *NULL_SINK))),
        ],
        env=env,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_until_it_answers(server, env)
        yield SoundServer(env)
    finally:
        server.terminate()
        server.wait(10)
        assert server.stderr is not None
        server.stderr.close()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_it_answers(server: subprocess.Popen[bytes], env: dict[str, str]) -> None:
    for _attempt in range(100):
        if subprocess.run(["pactl", "info"], env=env, capture_output=True, check=False).returncode == 0:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"the sound server ended with status {server.wait(0.1)}")
    raise RuntimeError("the sound server did not answer within 10 s")
