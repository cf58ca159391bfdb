"""Whoever ends the desk, it ends in the same order: a hand, a signal, its terminal, the session."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Qt
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from app.interruption import ending_signals
from app.terminal import EXIT_INTERRUPTED


class Ending(QObject):
    """While it is entered, a signal ends the event loop; those that follow do nothing.

    A handler in Python would run between any two instructions, and an exception from it would tear
    whatever it meets, also our code inside Qt. So the handlers do nothing: the signal goes
    through a socket and arrives as an event like any other. ``shut_down`` is also called when
    the session ends, after which Windows gives no time; ``keep`` when it asks to save, and may go on.
    """

    def __init__(
        self, application: QApplication, shut_down: Callable[[], None], keep: Callable[[], None]
    ) -> None:
        super().__init__()
        self._application, self._shut_down, self._keep = application, shut_down, keep
        self._read, self._written = socket.socketpair()
        for end in (self._read, self._written):
            end.setblocking(False)
        self._heard = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._heard.activated.connect(self._on_signal)
        application.aboutToQuit.connect(self._on_quit)
        application.commitDataRequest.connect(self.on_save_asked, Qt.ConnectionType.DirectConnection)
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Ending:
        self._wakened = signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        kinds = ending_signals()
        self._before = {kind: signal.signal(kind, _leave_to_the_socket) for kind in kinds}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._wakened)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._heard.setEnabled(False)
        self._application.aboutToQuit.disconnect(self._on_quit)
        self._application.commitDataRequest.disconnect(self.on_save_asked)
        self._read.close()
        self._written.close()

    def _on_signal(self) -> None:
        self._read.recv(64)
        # Not quit(): that asks each window, and a locked one may refuse to be closed by hand.
        self._application.exit(EXIT_INTERRUPTED)

    def _on_quit(self) -> None:
        self._shut_down()

    def on_save_asked(self, _: QSessionManager | None = None) -> None:
        """The session may end soon, or go on after all."""
        self._keep()


def _leave_to_the_socket(number: int, frame: FrameType | None) -> None:
    pass
