"""While Alt is held, the letters and digits that go with it stand beside what they lead to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from ui.look.controls import KEY, KeyButton
from ui.look.dress import wear

HELD_MS = 350
"""Alt is held so long before the tips show: whoever knows the key never sees them."""
ALT = "Alt+"
_ALONE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier)


class KeyTips(QTimer):
    """Shows them over a window. Buttons wear their keys anyway and get none."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._sheet: QWidget | None = None
        self.setSingleShot(True)
        self.setInterval(HELD_MS)
        self.timeout.connect(self._show)
        window.installEventFilter(self)

    @property
    def shown(self) -> dict[str, QPoint]:
        """The letters and digits that are shown, and where in the window."""
        tips = self._sheet.findChildren(QLabel) if self._sheet is not None else []
        return {tip.text(): tip.pos() for tip in tips}

    def _show(self) -> None:
        sheet = QWidget(self._window)
        sheet.setProperty("floats", True)
        sheet.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        sheet.resize(self._window.size())
        wear(sheet)
        for widget in self._window.findChildren(QWidget):
            key = str(widget.property(KEY) or "")
            if key.startswith(ALT) and not isinstance(widget, KeyButton) and _in_sight(widget):
                tip = QLabel(key.removeprefix(ALT), sheet)
                tip.setObjectName("keyTip")
                tip.adjustSize()
                corner = QPoint(-tip.width() // 2, -tip.height() // 2)  # beside what stands in it
                at = widget.mapTo(self._window, corner)
                tip.move(max(0, at.x()), max(0, at.y()))
        sheet.show()
        self._sheet = sheet

    def _hide(self) -> None:
        self.stop()
        if self._sheet is not None:
            self._sheet.hide()
            self._sheet.deleteLater()
            self._sheet = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys come up to the window from whatever has the focus."""
        kind = event.type()
        if kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() != Qt.Key.Key_Alt or event.modifiers() not in _ALONE:
                self._hide()
            elif not event.isAutoRepeat() and self._sheet is None:
                self.start()
        elif kind in (QEvent.Type.KeyRelease, QEvent.Type.WindowDeactivate, QEvent.Type.Resize):
            self._hide()
        return False


def _in_sight(widget: QWidget) -> bool:
    """Whether it is shown, usable, and not scrolled away."""
    return widget.isEnabled() and widget.isVisible() and not widget.visibleRegion().isEmpty()
