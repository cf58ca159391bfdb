"""What a screen reader is told beyond names: the roles of our own parts, and prompts as they come.

A class that Qt cannot know says its role in ``ROLE``; buttons, fields, lists and tables have theirs.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget


class Announcer(QObject):
    """``said`` follows every announcement."""

    said = Signal(str)


announcer = Announcer()


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say words now; those of a hidden part are not said."""
    if words and widget.isVisible():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))
        announcer.said.emit(words)


def tell_roles() -> None:
    """Let Qt ask here for the roles of our own parts. Asked only while something reads the screen."""
    QAccessible.installFactory(_interface)


def _interface(_: str, part: QObject) -> QAccessibleInterface | None:
    role = getattr(type(part), "ROLE", None)
    if isinstance(part, QWidget) and isinstance(role, QAccessible.Role):
        return QAccessibleWidget(part, role)
    return None
