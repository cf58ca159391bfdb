"""This machine, on the settings page: what is found, gravest first, and the bundle."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ui.desk_window import DeskWindow
from ui.settings.settings_page import SettingsPage

WAIT_MS = 20_000


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_found_is_shown_and_saved(
    qtbot: QtBot, window: DeskWindow, tmp_path: Path, language: str
) -> None:
    window.language.use(language)  # type: ignore[arg-type]
    window.show_page("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    panel = page.diagnosis
    qtbot.waitUntil(panel.save.isEnabled, timeout=WAIT_MS)
    rows = [panel.model.at(row) for row in range(panel.model.rowCount())]
    marks = [row.mark for row in rows if row is not None]
    assert {"space", "database", "knowledge"} <= {row.name for row in rows if row is not None}
    assert marks == sorted(marks, key=["bad", "look", "good"].index)
    assert panel.again.isEnabled()
    panel.write(tmp_path / "b.zip")
    qtbot.waitUntil(lambda: str(tmp_path / "b.zip") in panel.state.text(), timeout=WAIT_MS)
    assert zipfile.is_zipfile(tmp_path / "b.zip")
    panel.write(tmp_path / "no" / "b.zip")
    qtbot.waitUntil(lambda: str(Path("no") / "b.zip") in panel.state.text(), timeout=WAIT_MS)
