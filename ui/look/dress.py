"""The style sheet, put on part by part, so that parts nobody sees need not be worked through.

A sheet on the whole application is worked through for every widget there is, and each passes font and
palette on to those inside it: a second with all pages built. Here each bar and each page wears it for
itself; a page that is hidden puts it on when it comes to be seen.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

_in_force = [""]
_dresses: list[_Dress] = []


class _Dress(QObject):
    """The sheet of one part; it ends with the part."""

    def __init__(self, part: QWidget) -> None:
        super().__init__(part)
        part.installEventFilter(self)
        _dresses.append(self)

    def follow(self) -> None:
        """Put on the sheet in force, now or when the part is shown. A window of its own never waits:
        how large it must be is measured before it is shown."""
        part = self.parent()
        if isinstance(part, QWidget) and (part.isWindow() or part.isVisibleTo(part.window())):
            self.put_on()

    def put_on(self) -> None:
        """Put on the sheet in force, where another is worn."""
        part = self.parent()  # asked anew: a list that Qt owns may lose its first wrapper
        if isinstance(part, QWidget) and part.styleSheet() != _in_force[0]:
            part.setStyleSheet(_in_force[0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show:
            self.put_on()
        return False


def dressed() -> bool:
    """Whether any style sheet was put in force yet."""
    return bool(_in_force[0])


def wear(*parts: QWidget) -> None:
    """Let each of these wear the style sheet, from now on; none may stand inside another."""
    for part in parts:
        _Dress(part).put_on()


def dress_all(sheet: str) -> None:
    """Put a style sheet in force."""
    _in_force[0] = sheet
    _dresses[:] = [dress for dress in _dresses if shiboken6.isValid(dress)]
    for dress in _dresses:
        dress.follow()
