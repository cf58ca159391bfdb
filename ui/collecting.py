"""Garbage is collected in the GUI thread only, between two events."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 100


class Collector(QObject):
    """Collects when as much was made as Python would wait for, but never on another thread.

    Python collects wherever it happens to allocate, with us mostly on the threads that analyse a
    call or read a file. Were a widget, a model or a cursor of a text among the garbage, Qt would
    end it there, while its own thread may be at work on it; and in the GUI thread it might end in
    the middle of an event that concerns it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(EVERY_MS)

    def _look(self) -> None:
        made, enough = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if made[generation] > enough[generation]:
                gc.collect(generation)
                return
