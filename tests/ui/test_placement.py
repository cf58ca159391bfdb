"""Window and panels come back as they were left, on a screen that is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter
from pytestqt.qtbot import QtBot

from app.workplace import Workplace
from bench.scenes import screens
from ui.desk_window import DeskWindow
from ui.window.placement import FILE_NAME, Placement, fit_on_screen


@pytest.fixture
def placed(qapp: QApplication, tmp_path: Path) -> Callable[[QRect], QRect]:
    """Leaves a window somewhere and opens another one; where that one is."""

    def place(where: QRect) -> QRect:
        first, second = QMainWindow(), QMainWindow()
        first.setGeometry(where)
        Placement(tmp_path).keep(first, [])
        Placement(tmp_path).restore(second)
        found = second.geometry()
        for window in (first, second):
            window.deleteLater()
        return found

    return place


def test_a_first_window_is_no_larger_than_its_screen(qapp: QApplication) -> None:
    room = QGuiApplication.primaryScreen().availableSize()
    large, small = QMainWindow(), QMainWindow()
    large.resize(room.width() + 400, room.height() + 200)
    small.resize(room.width() // 2, room.height() // 2)
    for window in (large, small):
        fit_on_screen(window)
    assert large.size() == room
    assert (small.width(), small.height()) == (room.width() // 2, room.height() // 2)
    for window in (large, small):
        window.deleteLater()


TWO_SCREENS = """
from PySide6.QtWidgets import QApplication, QMainWindow
from ui.window.placement import fit_on_screen
application = QApplication([])
desk, trainer = QMainWindow(), QMainWindow()
desk.setGeometry(100, 80, 1000, 600)
desk.show()
trainer.resize(5000, 5000)
fit_on_screen(trainer, beside=desk)
trainer.show()
application.processEvents()
first, second = application.screens()
inside = second.geometry().contains(trainer.geometry())
print(desk.screen() is first, trainer.screen() is second, inside)
drill = QMainWindow()
trainer.activateWindow()
application.processEvents()
fit_on_screen(drill)
drill.show()
print(drill.screen() is second)
"""


def test_a_second_window_comes_to_the_second_monitor_and_a_third_to_where_one_works(
    tmp_path: Path,
) -> None:
    told = tmp_path / "screens.json"
    told.write_text(json.dumps(screens((1366, 768), (3840, 2160))), encoding="utf-8")
    environment = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={told}"}
    words = [sys.executable, "-c", TWO_SCREENS]
    found = subprocess.run(
        words,
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.stdout.split() == ["True"] * 4, found.stderr


def test_a_window_comes_back_where_it_was(placed: Callable[[QRect], QRect]) -> None:
    room = QGuiApplication.primaryScreen().availableGeometry()
    where = QRect(room.left() + 40, room.top() + 30, room.width() // 2, room.height() // 2)
    assert placed(where) == where


@pytest.mark.parametrize("corner", [QPoint(5000, 100), QPoint(-9000, -9000), QPoint(100, 40_000)])
def test_a_window_of_a_screen_that_is_gone_comes_back_on_one_that_is_there(
    placed: Callable[[QRect], QRect], corner: QPoint
) -> None:
    room = QGuiApplication.primaryScreen().availableGeometry()
    found = placed(QRect(corner.x(), corner.y(), 3000, 2000))
    assert room.contains(found.topLeft())
    assert found.width() <= room.width()
    assert found.height() <= room.height()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b"{" * 9_000, b'{"window": 7}', b'{"window": "\xc3\xa9"}',
                b'{"window": "AdnQywADAAAAAA=="}', b'{"DeskPage.0": "////"}', b"x" * 200_000],
)  # fmt: skip
def test_what_cannot_be_read_is_as_good_as_nothing(
    qapp: QApplication, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    window, placement = QMainWindow(), Placement(tmp_path)
    window.setCentralWidget(QSplitter())
    placement.restore(window)
    placement.divide(window)
    placement.keep(window, [window])
    assert "window" in json.loads((tmp_path / FILE_NAME).read_text("utf-8"))
    window.deleteLater()


def test_panels_stay_as_they_were_divided(
    qtbot: QtBot, open_desk_window: Callable[[Workplace], DeskWindow], data_dir: Path
) -> None:
    window = open_desk_window(Workplace(data_dir))
    before = shares(window)
    left, middle, right = window.desk_page.columns.sizes()
    window.desk_page.columns.setSizes([left, middle - 60, right + 60])
    qtbot.waitUntil(lambda: shares(window) != before)
    wanted = shares(window)
    window.close()
    kept = json.loads((data_dir / FILE_NAME).read_text("utf-8"))
    del kept["window"]  # the screen here is too small for three columns
    (data_dir / FILE_NAME).write_text(json.dumps(kept), encoding="utf-8")
    later = open_desk_window(Workplace(data_dir))
    qtbot.waitUntil(lambda: shares(later) == pytest.approx(wanted, abs=0.02))
    assert shares(later) != pytest.approx(before, abs=0.02)


def shares(window: DeskWindow) -> list[float]:
    """How much of the width each column of the desk has."""
    sizes = window.desk_page.columns.sizes()
    return [size / sum(sizes) for size in sizes]
