"""The seat's panels beside each other: what is heard, the ticket, and what helps with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from ui.look.style import GRID


def in_columns(
    page: QWidget,
    caller: QWidget,
    transcript: QWidget,
    ticket: QWidget,
    units: QWidget,
    knowledge: QWidget,
) -> QSplitter:
    """Lay a page out in three columns that can be resized."""
    right = QSplitter(Qt.Orientation.Vertical)
    right.addWidget(units)
    right.addWidget(knowledge)
    right.setSizes([440, 360])  # three units whole on a screen of 768 pixels
    columns = QSplitter(Qt.Orientation.Horizontal)
    left = QWidget()
    heard = QVBoxLayout(left)
    heard.setContentsMargins(0, 0, 0, 0)
    heard.setSpacing(GRID * 3)
    heard.addWidget(caller)
    heard.addWidget(transcript, 1)
    for widget, stretch in ((left, 26), (ticket, 44), (right, 30)):
        columns.addWidget(widget)
        columns.setStretchFactor(columns.count() - 1, stretch)
    for splitter in (right, columns):
        splitter.setHandleWidth(GRID * 3)
        splitter.setChildrenCollapsible(False)
    columns.setSizes([416, 684, 476])
    row = QHBoxLayout(page)
    row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
    row.addWidget(columns)
    return columns
