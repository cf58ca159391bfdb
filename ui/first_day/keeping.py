"""Keeps what is chosen in the assistant, off the GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.desk import Desk
from ui.background import Background


class Keeping(QObject):
    """``kept`` carries the settings that hold from now on."""

    kept = Signal(object)

    def __init__(self, desk: Desk, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._background = desk, background

    def change(self, name: str, value: str) -> None:
        """Keep a setting; of two values asked for one after the other the later holds."""
        self._background.run(
            lambda: self._desk.change_settings(**{name: value}),
            self.kept.emit,
            kind=f"setup-{name}",
        )

    def take(self, name: str, value: object) -> None:
        """The same for what a row of choices tells, where ``None`` takes back what holds anyway."""
        if isinstance(value, str):
            self.change(name, value)
