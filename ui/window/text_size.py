"""The keys of the text size: larger, smaller, as it was. What they choose is kept as a setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from app.desk import Desk
from app.settings import Settings
from ui.background import Background
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.sizes import STEPS, text_size


class TextSizeKeys(QObject):
    """``told`` says the size that holds now. ``use`` puts changed settings in force at once."""

    told = Signal(str)

    def __init__(
        self,
        window: QWidget,
        desk: Desk,
        background: Background,
        language: Language,
        use: Callable[[Settings], None],
    ) -> None:
        super().__init__(window)
        self._desk, self._background, self._language, self._use = desk, background, language, use
        larger = NamedKey("Ctrl++", "key_larger", window, lambda: self.step(1))
        larger.setKeys([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])  # without Shift, too
        NamedKey("Ctrl+-", "key_smaller", window, lambda: self.step(-1))
        NamedKey("Ctrl+0", "key_usual_size", window, lambda: self.choose(100))

    def step(self, way: int) -> None:
        """One step larger or smaller, where there is one."""
        beyond = [size for size in STEPS if (size - text_size()) * way > 0]
        self.choose(min(beyond, key=lambda size: abs(size - text_size()), default=text_size()))

    def choose(self, percent: int) -> None:
        """Take this size, and keep it."""
        if percent != text_size():
            self._use(replace(self._desk.settings, text_size=percent))
            self._background.run(
                lambda: self._desk.change_settings(text_size=percent), kind="text_size"
            )
        self.told.emit(self._language.say("text_size_now", percent=percent))
