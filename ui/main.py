"""Open the desk: application, window, ordered end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.desk import Desk
from resources.loader import resource_path
from ui.collecting import Collector
from ui.desk_window import DeskWindow
from ui.look.appearance import STYLE, STYLED, Appearance
from ui.look.language import Language
from ui.look.spoken import tell_roles
from ui.window.placement import fit_on_screen

REPORTS = "reports"
GIVE_WAY_S = 0.0005
"""A thread that computes lets the window have Python after so long, not after 5 ms: with several of
them the window would wait for one after another at every event."""


class BugSink(QObject):
    """Where every unhandled exception of any thread ends; ``caught`` comes in the GUI thread."""

    caught = Signal(object)

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self.caught.connect(window.show_bug, Qt.ConnectionType.QueuedConnection)
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Put the former hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self.caught.emit(error.with_traceback(trace))

    def _on_thread_exception(self, what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None:
            self.caught.emit(what.exc_value)


def make_application(argv: Sequence[str]) -> QApplication:
    """The Qt application, or the one that is there already."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    sys.setswitchinterval(GIVE_WAY_S)
    application = QApplication([*argv, "-style", STYLE])
    application.setProperty(STYLED, True)
    Collector(application)
    tell_roles()
    application.setApplicationName("jiesu-desk")
    application.setApplicationDisplayName("接诉台")
    application.setDesktopFileName("jiesu-desk")
    application.setWindowIcon(QIcon(str(resource_path("icons", "jiesu-desk.png"))))
    return application


def open_window(desk: Desk, application: QApplication, reports: Path | None = None) -> DeskWindow:
    """The window over a desk, not yet shown."""
    settings = desk.settings
    if reports is None:
        from PySide6.QtCore import QStandardPaths

        place = QStandardPaths.StandardLocation.AppDataLocation
        reports = Path(QStandardPaths.writableLocation(place)) / REPORTS
    language = Language(settings.language, application)
    appearance = Appearance(application, settings.theme, settings.text_size)
    window = DeskWindow(desk, language, appearance, reports)
    appearance.dress()
    return window


def show_refusal(sentence: str, argv: Sequence[str]) -> None:
    """Say why no window opens to somebody who did not start it from a terminal."""
    make_application(argv)
    if QApplication.platformName() not in ("offscreen", "minimal"):
        from PySide6.QtWidgets import QMessageBox

        QMessageBox.warning(None, QApplication.applicationDisplayName(), sentence)


def run(desk: Desk, argv: Sequence[str], reports: Path | None = None) -> int:
    """Open the desk and stay until it is closed or told to end; the exit status.

    ``reports`` is the folder for bug reports; without it they lie in the user's data folder.
    """
    application = make_application(argv)
    window = open_window(desk, application, reports)
    sink = BugSink(window)
    fit_on_screen(window)
    window.show()
    QTimer.singleShot(0, window.load)
    QTimer.singleShot(0, window.guide.begin)
    from ui.ending import Ending  # the window stands

    with Ending(application, window.shut_down, desk.save_now):
        try:
            return application.exec()
        finally:
            sink.remove()
            window.shut_down()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
