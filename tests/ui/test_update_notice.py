"""A newer program at the centre is said quietly, in the language in force, and stays in settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.reference.seat import Prepared
from app.reference.update import new_key, sign
from app.workplace import Workplace
from server.database import CentreDatabase, default_url
from server.feed import changes_after
from server.reference import publish
from ui.desk_window import DeskWindow

WAIT_MS = 20_000


@pytest.fixture(autouse=True)
def _what_ships() -> Iterator[None]:
    yield
    Prepared().hold()


def test_a_newer_program_is_said_and_stays_in_the_settings(
    qtbot: QtBot, window: DeskWindow, desk: Workplace, tmp_path: Path
) -> None:
    facts = {"version": "9.1", "date": "2026-12-01", "zh": "转写更快。\n还有别的。", "en": "Faster."}
    (tmp_path / "notes").write_text(json.dumps(facts), "utf-8")
    new_key(tmp_path / "key")
    database = CentreDatabase(default_url(tmp_path / "centre"))
    publish(database, "update", sign(tmp_path / "notes", tmp_path / "key"), "test")
    desk.parts.store().follow("x", changes_after(database, "seat-1", 0))
    database.close()
    desk.centre.prepare_reference()
    qtbot.waitUntil(lambda: "9.1：转写更快。" in window.message.text, timeout=WAIT_MS)
    assert "还有别的" not in window.message.text
    window.language.use("en")
    assert "9.1: Faster." in window.message.text
    window.show_page("settings")
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    model = window.settings_page.reference.model
    row = next(n for n in range(model.rowCount()) if model.at(n).name == "update")
    cells = [model.index(row, column).data() for column in range(model.columnCount())]
    assert cells[0] == "Program"
    assert cells[2] == "9.1 is there (2026-12-01)"
