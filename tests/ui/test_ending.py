"""A desk that is told to end by the system ends as if its window had been closed: nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.terminal import EXIT_INTERRUPTED
from app.workplace import Workplace
from resources.loader import resource_path
from speech.audio.recording import RecordingReader
from ui.desk_window import DeskWindow
from ui.ending import Ending

ROOT = Path(__file__).parents[2]
TYPED = "油烟呛人"
WAIT_MS = 20_000
CALL_AT_THE_DESK = f"""
import signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # who runs the tests may ignore them, as nohup does
    signal.signal(getattr(signal, name), signal.SIG_DFL)
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.desk import FileCall
from app.events import AudioSafe, Heard
from app.workplace import Workplace
from resources.loader import resource_path
from ui.main import make_application, run

def start():
    window = QApplication.activeWindow()
    if window is None:
        return
    starting.stop()
    if {{drill}}:
        window.show_page("drill")
    window.bridge.heard.connect(type_subject)
    window.start_call(FileCall(resource_path("calls", "03-bbq-fumes.flac")))

def type_subject(heard):
    page = QApplication.activeWindow().desk_page
    if isinstance(heard.event, AudioSafe) and heard.event.seconds > 1 and not typed:
        typed.append(True)
        page.form.subject.setFocus()
        page.form.subject.insert("{TYPED}")
        page.form.subject.textEdited.emit("{TYPED}")
        print("typed", flush=True)

typed = []
application = make_application(["desk"])
starting = QTimer()
starting.timeout.connect(start)
starting.start(20)
sys.exit(run(Workplace(Path(sys.argv[1])), ["desk"]))
"""


@contextmanager
def desk_in_a_call(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JIESU_MODELS": str(data_dir / "models")}
    with subprocess.Popen(
        [sys.executable, "-c", CALL_AT_THE_DESK.replace("{drill}", "False"), str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "typed\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("name", "then"), [("SIGTERM", "SIGHUP"), ("SIGINT", "SIGINT")], ids=["told", "Ctrl+C twice"]
)
@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent these signals there")
def test_a_signal_in_a_call_leaves_draft_and_recording_whole(
    data_dir: Path, name: str, then: str
) -> None:
    with desk_in_a_call(data_dir) as process:
        process.send_signal(getattr(signal, name))
        process.send_signal(getattr(signal, then))  # does not break into the ending
        _, said = process.communicate(timeout=100)  # models that are being read are read to their end
    assert process.returncode == EXIT_INTERRUPTED
    assert [line for line in said.splitlines() if not line.startswith("This plugin")] == []
    with closing(Workplace(data_dir)) as after:
        (draft,) = after.recovered()
        assert draft.content.subject == TYPED
        past = after.parts.store().call(draft.call_id)
        assert past is not None
        recording = RecordingReader(
            after.parts.recording_path(draft.call_id), after.parts.key().recordings
        )
        assert recording.complete
        assert recording.seconds >= 1


def test_the_end_of_the_session_saves_the_draft_and_closes_the_desk(
    qtbot: QtBot, qapp: QApplication, window: DeskWindow, desk: Workplace, data_dir: Path
) -> None:
    window.start_call(ScriptCall(resource_path("calls", "03-bbq-fumes.json"), 1.0))
    qtbot.waitUntil(lambda: window.desk_page.draft is not None, timeout=WAIT_MS)
    with Ending(qapp, window.shut_down, desk.save_now) as ending:
        qtbot.keyClicks(window.desk_page.form.subject, "smoke")
        ending.on_save_asked()
        (kept,) = desk.parts.store().open_drafts()
        assert kept.content.subject == "smoke"
        qtbot.keyClicks(window.desk_page.form.subject, " at night")
        qapp.aboutToQuit.emit()
    with closing(Workplace(data_dir)) as after:
        (draft,) = after.recovered()
        assert draft.content.subject == "smoke at night"
