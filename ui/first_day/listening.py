"""A trial of the sound inputs as the window sees it: begun, heard, ended."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QComboBox, QProgressBar

from app.domain.call import Speaker
from app.events import AudioLevel, SpeechEvent
from app.first_day import FirstDay, Tell
from resources.errors import UserError
from ui.background import Background
from ui.look.composition import ComposeSafe
from ui.look.style import GRID

FLOOR_DB, HEARD_DB = -60.0, -42.0
"""What the meter begins with, and from where on somebody speaks."""


class Listening(QObject):
    """``heard`` carries what the trial tells, ``failed`` why there is none. One at a time.

    ``hears`` = sound comes in.
    """

    heard = Signal(object)
    failed = Signal(object)
    _told = Signal(int, object)

    def __init__(self, first_day: FirstDay, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._first_day, self._background = first_day, background
        self._trial = 0
        self.hears = False
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)

    def start(self, begin: Callable[[int, Tell], None]) -> None:
        """End the trial before and begin one; ``begin`` blocks and gets its number and who is told."""
        trial = self._trial = self._first_day.begin()
        self.hears = False
        self._background.run(
            lambda: begin(trial, lambda event: self._told.emit(trial, event)),
            failed=lambda error: self._on_failed(trial, error),
        )

    def stop(self) -> None:
        """End the trial; what it still tells is not heard."""
        self._trial = self._first_day.begin()
        self.hears = False

    def _on_told(self, trial: int, event: SpeechEvent) -> None:
        if trial == self._trial:
            self.hears = self.hears or isinstance(event, AudioLevel)
            self.heard.emit(event)

    def _on_failed(self, trial: int, error: UserError | None) -> None:
        if trial == self._trial:
            self.failed.emit(error)


class DeviceBox(ComposeSafe, QComboBox):
    """The sound inputs to choose from."""


class LevelBar(QProgressBar):
    """How loud it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, round(-FLOOR_DB))
        self.setTextVisible(False)
        self.setFixedHeight(GRID * 2)
        self.quiet()

    def show_level(self, level: AudioLevel) -> bool:
        """Show a loudness; whether that was speech."""
        self.setValue(round(max(0.0, level.dbfs - FLOOR_DB)) if isfinite(level.dbfs) else 0)
        return level.dbfs >= HEARD_DB

    def quiet(self) -> None:
        """Nothing is heard."""
        self.setValue(0)


SIDES = {"operator_device": Speaker.OPERATOR, "caller_device": Speaker.CALLER}
