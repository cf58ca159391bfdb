"""The main job as an operator sees it: a recorded call, the real engine, the real centre, keys only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["JIESU_KEYRING"] = "off"

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import FileCall, OutboxState
from app.domain.call import CallState
from app.domain.draft import Origin
from app.settings import Settings, save_settings
from app.workplace import Workplace
from resources.loader import resource_path
from ui.main import open_window

CALL = resource_path("calls", "03-bbq-fumes.flac")
WAIT_MS = 100_000


@pytest.mark.models
@pytest.mark.slow
def test_a_recorded_call_is_heard_confirmed_sent_and_acknowledged(
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    models: Path,
    centre,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JIESU_MODELS", str(models))
    save_settings(tmp_path, Settings(sync_interval_s=0.5))
    desk = Workplace(tmp_path)
    desk.log_in(centre.url, "seat-window", centre.add_seat("seat-window"))
    window = open_window(desk, qapp, tmp_path / "logs")
    qtbot.addWidget(window)
    window.show()
    window.load()

    window.start_call(FileCall(CALL, pace=None))
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)
    draft = window.desk_page.draft
    assert draft is not None
    assert (draft.content.district, draft.content.street) == ("朝阳区", "望京街道")
    assert draft.origins["street"] is Origin.SUGGESTED
    proof = draft.content.proof["district"]
    assert proof.start is not None
    assert proof.start > 5

    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(desk.tickets()), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(desk.tickets()[0].number), timeout=WAIT_MS)
    row = desk.outbox()[0]
    assert row.state is OutboxState.ACCEPTED
    assert row.number == desk.tickets()[0].number
    assert str(row.number).startswith("JS")
    assert desk.recovered() == ()
    window.close()
