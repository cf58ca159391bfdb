"""A real window over a real desk in a fresh data directory, drawn offscreen."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["JIESU_KEYRING"] = "off"

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from app.settings import Settings, save_settings
from app.workplace import Workplace
from resources.loader import resource_path
from ui.desk_window import DeskWindow
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.main import open_window

SAMPLE = resource_path("calls", "03-bbq-fumes.json")
WAIT_MS = 20_000


@pytest.fixture(scope="session")
def seat_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose key, database and index are made once."""
    folder = tmp_path_factory.mktemp("seat")
    save_settings(folder, Settings(theme="light", recall_s=0))
    desk = Workplace(folder)
    desk.search("油烟")
    desk.close()
    return folder


@pytest.fixture
def data_dir(seat_folder: Path, tmp_path: Path) -> Path:
    """A data directory of this test's own."""
    return shutil.copytree(seat_folder, tmp_path / "data")


@pytest.fixture
def desk(data_dir: Path) -> Workplace:
    """A seat. The window closes it."""
    return Workplace(data_dir)


@pytest.fixture
def language(qapp: QApplication) -> Iterator[Language]:
    """Chinese."""
    made = Language("zh", qapp)
    yield made
    shiboken6.delete(made)


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Appearance]:
    """Light."""
    made = Appearance(qapp, "light")
    made.dress()
    yield made
    shiboken6.delete(made)


@pytest.fixture
def open_desk_window(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> Iterator[Callable[[Workplace], DeskWindow]]:
    """Opens windows, and closes them in order at the end; no thread may be left."""
    before = set(threading.enumerate())
    opened: list[DeskWindow] = []

    def open_one(desk: Workplace) -> DeskWindow:
        window = open_window(desk, qapp, tmp_path / "reports")
        opened.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        return window

    yield open_one
    for window in opened:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not left, left


@pytest.fixture
def window(open_desk_window: Callable[[Workplace], DeskWindow], desk: Workplace) -> DeskWindow:
    """The window of a seat at which nothing happened yet."""
    return open_desk_window(desk)


@pytest.fixture
def heard_call(qtbot: QtBot, window: DeskWindow) -> DeskWindow:
    """The window after the sample call was heard to its end, with the ticket filled."""

    def heard() -> None:
        shown = window.message.text
        assert window.control.state is CallState.WRAPPING, (window.control.state, shown)
        assert suggested_subject(window) is not None, shown

    window.start_call(ScriptCall(SAMPLE, None))
    qtbot.waitUntil(heard, timeout=WAIT_MS)
    return window


def suggested_subject(window: DeskWindow) -> str | None:
    """The subject that stands in the shown draft."""
    draft = window.desk_page.draft
    return draft.content.subject if draft else None
