"""Where the window stood and how its panels were divided, from one day to the next.

Kept as JSON beside the settings. A window that stood on a screen that is gone comes back on one that is
there; what cannot be read is as good as nothing.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QWidget

log = logging.getLogger(__name__)
FILE_NAME = "window.json"
LONGEST = 100_000
_WINDOW = "window"


class Placement:
    """``restore`` a window, ``divide`` each page as it is built, ``keep`` both at the end."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._kept = _read(self._path)

    def restore(self, window: QMainWindow) -> None:
        """Put the window where it was, if any screen shows that place."""
        state = self._state(_WINDOW)
        if not state.isEmpty() and window.restoreGeometry(state):
            _bring_to_a_screen(window)

    def divide(self, page: QWidget) -> None:
        """Divide the panels of a page as they were."""
        for name, splitter in _splitters(page):
            state = self._state(name)
            if not state.isEmpty():
                splitter.restoreState(state)

    def keep(self, window: QMainWindow, pages: Iterable[QWidget | None]) -> None:
        """Note how it is now. What cannot be written is a pity, and no reason to stop."""
        kept = dict(self._kept)
        kept[_WINDOW] = _written(window.saveGeometry())
        for page in pages:
            if page is not None:
                kept |= {name: _written(one.saveState()) for name, one in _splitters(page)}
        scratch = self._path.with_name(FILE_NAME + ".new")
        try:
            scratch.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            os.replace(scratch, self._path)
        except OSError as error:
            log.warning("the place of the window was not kept: %s", error)

    def _state(self, name: str) -> QByteArray:
        return QByteArray.fromBase64(self._kept.get(name, "").encode())


def fit_on_screen(window: QWidget, beside: QWidget | None = None) -> None:
    """Make a window that is not shown yet no larger than its screen: the one that is worked on; or,
    where there are several, another one than ``beside`` stands on."""
    others = [one for one in QGuiApplication.screens() if beside and one is not beside.screen()]
    used = QApplication.activeWindow()
    if others or used:
        screen = others[0] if others or not used else used.screen()
        window.setScreen(screen)
        window.move(screen.availableGeometry().topLeft())
    window.resize(window.size().boundedTo(window.screen().availableSize()))


def _splitters(page: QWidget) -> list[tuple[str, QSplitter]]:
    kind = type(page).__name__
    found = page.findChildren(QSplitter)
    return [(f"{kind}.{number}", splitter) for number, splitter in enumerate(found)]


def _bring_to_a_screen(window: QMainWindow) -> None:
    """Onto a screen that is there, and no larger than it."""
    if window.isMaximized() or window.isFullScreen():
        return  # Qt has chosen a screen
    frame = window.frameGeometry()
    screen = QGuiApplication.screenAt(frame.center()) or QGuiApplication.primaryScreen()
    room = screen.availableGeometry()
    if not room.contains(frame.center()) or not room.intersects(frame):
        frame.moveCenter(room.center())
    size = window.size().boundedTo(room.size())
    window.resize(size)
    left = max(room.left(), min(frame.left(), room.right() + 1 - size.width()))
    top = max(room.top(), min(frame.top(), room.bottom() + 1 - size.height()))
    window.move(left, top)


def _written(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _read(path: Path) -> Mapping[str, str]:
    try:
        if path.stat().st_size > LONGEST:
            return {}
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: one for name, one in value.items() if isinstance(one, str) and one.isascii()}
