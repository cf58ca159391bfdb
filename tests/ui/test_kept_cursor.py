"""Where the operator was writing is kept with the draft, and taken up again after a kill."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.draft import Cursor
from app.workplace import Workplace
from bench.typed_kills import kill_while_typing
from ui.desk_window import DeskWindow

WAIT_MS = 20_000


def test_after_a_kill_the_operator_goes_on_at_the_same_character(
    qtbot: QtBot,
    heard_call: DeskWindow,
    desk: Workplace,
    open_desk_window: Callable[[Workplace], DeskWindow],
    data_dir: Path,
    tmp_path: Path,
) -> None:
    page = heard_call.desk_page
    qtbot.mouseClick(page.ticket.add, Qt.MouseButton.LeftButton)  # the operator is at the second
    page.form.subject.setFocus()
    qtbot.keyClicks(page.form.subject, "noise")
    page.form.summary.setFocus()
    qtbot.keyClicks(page.form.summary, "every night")
    for _ in range(len("night")):
        qtbot.keyClick(page.form.summary, Qt.Key.Key_Left)
    second = page.draft
    assert second is not None

    def safe() -> None:
        cursors = {draft.id: draft.cursor for draft in desk.parts.store().open_drafts()}
        assert cursors.pop(second.id, None) == Cursor("summary", len("every "))
        assert set(cursors.values()) == {None}

    qtbot.waitUntil(safe, timeout=WAIT_MS)
    left = shutil.copytree(data_dir, tmp_path / "what a kill leaves")
    later = open_desk_window(Workplace(left))
    panel = later.desk_page.ticket
    later.desk_page.recovery.look()
    qtbot.waitUntil(panel.recovery.isVisible, timeout=WAIT_MS)
    panel.take_up.click()
    form = later.desk_page.form
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.summary, timeout=WAIT_MS)
    qtbot.keyClicks(form.summary, "single ")
    draft = later.desk_page.draft
    assert draft is not None
    assert (draft.id, draft.content.summary) == (second.id, "every single night")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_kill_9_while_typing_leaves_text_and_cursor(
    qtbot: QtBot, open_desk_window: Callable[[Workplace], DeskWindow], data_dir: Path
) -> None:
    killed = kill_while_typing(data_dir)
    window = open_desk_window(Workplace(data_dir))
    panel, form = window.desk_page.ticket, window.desk_page.form
    window.desk_page.recovery.look()
    qtbot.waitUntil(panel.recovery.isVisible, timeout=WAIT_MS)
    panel.take_up.click()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.summary, timeout=WAIT_MS)
    kept = form.summary.toPlainText()
    assert killed.holds(kept)
    assert killed.lost_s(kept) < 5.0  # the promise is 0.5 s, which `bench crashes` measures
    assert form.summary.textCursor().position() == len(kept)


def test_a_place_that_is_no_more_is_as_near_as_can_be(qtbot: QtBot, heard_call: DeskWindow) -> None:
    form = heard_call.desk_page.form
    assert not form.put_cursor(Cursor("a field of a newer program", 3))
    for position in (-1, 10**9):
        assert form.put_cursor(Cursor("subject", position))
        assert form.put_cursor(Cursor("summary", position))
    assert form.subject.cursorPosition() == len(form.subject.text())
    assert form.summary.textCursor().position() == len(form.summary.toPlainText())
