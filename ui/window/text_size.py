"""The text size by key and by Ctrl and the wheel. What is chosen is kept as a setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QWheelEvent, QWindow
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import Desk
from app.settings import Settings
from ui.background import Background
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.sizes import STEPS, text_size

NOTCH = 120
"""What Qt counts one notch of a wheel as; a touchpad sends less at a time."""


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
        self._window = window
        self._desk, self._background, self._language, self._use = desk, background, language, use
        larger = NamedKey("Ctrl++", "key_larger", window, lambda: self.step(1))
        larger.setKeys([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])  # without Shift, too
        NamedKey("Ctrl+-", "key_smaller", window, lambda: self.step(-1))
        NamedKey("Ctrl+0", "key_usual_size", window, lambda: self.choose(100))
        self._turned = 0
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusWindowChanged.connect(self._on_focus)

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

    def _on_focus(self, window: QWindow | None) -> None:
        """Take the wheel before texts do, which would grow by themselves alone."""
        if window is not None and window is self._window.windowHandle():
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QWheelEvent):
            return False
        if event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            self._turned = 0
            return False
        self._turned += event.angleDelta().y()
        if abs(self._turned) >= NOTCH:
            self.step(1 if self._turned > 0 else -1)
            self._turned = 0
        return True
