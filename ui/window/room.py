"""What a window shows, scrolled where the window is smaller than that needs: on a small or strongly
magnified screen no control may lie out of reach."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QMainWindow, QScrollArea, QScrollBar, QWidget

from ui.look.dress import wear

SMALLEST = QSize(480, 320)
"""How small a window may be made; what the pages need is theirs to say."""


def give_room(window: QMainWindow, content: QWidget) -> None:
    """Show content in a window."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    view = QWidget()  # our own parts, not those Qt would make: wrapping them is slow (ADR 0180)
    upright, level = QScrollBar(Qt.Orientation.Vertical), QScrollBar(Qt.Orientation.Horizontal)
    area.setViewport(view)
    area.setVerticalScrollBar(upright)
    area.setHorizontalScrollBar(level)
    area.setWidget(content)
    for part in (view, content):
        part.setAutoFillBackground(False)  # the window has painted it already
    wear(upright, level)
    window.setCentralWidget(area)
    window.setMinimumSize(SMALLEST)
