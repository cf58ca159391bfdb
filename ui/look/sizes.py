"""The text size, and the lengths that grow with it; distances between parts stay as they are.

One application has one text size. ``ui.look.appearance`` puts it in force; parts ask ``grown`` whenever
they paint or measure, and hand fixed lengths to ``grow``, which keeps them right after each change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QHeaderView

STEPS = (80, 90, 100, 110, 125, 150, 175, 200)
"""Percent, as the keys walk through them; the setting takes whatever lies between."""

_GROWN = "grown"
_LENGTH = re.compile(r"\b((?:font-size|(?:min-|max-)?(?:width|height)): )(\d+)px")
_in_force = [100]


def text_size() -> int:
    """The text size in force, percent."""
    return _in_force[0]


def grown(pixels: float) -> int:
    """A length at 100 % as it is at the text size in force."""
    return round(pixels * _in_force[0] / 100)


def grow(widget: QWidget, **lengths: int) -> None:
    """Call each setter with its grown length, now and after each change: ``setFixedHeight=32``."""
    known = widget.property(_GROWN)
    widget.setProperty(_GROWN, {**(known if isinstance(known, dict) else {}), **lengths})
    _put(widget, lengths)


def use_text_size(percent: int) -> None:
    """Put a text size in force for all widgets there are and will be."""
    ratio = percent / _in_force[0]
    if ratio == 1:
        return
    _in_force[0] = percent
    from PySide6.QtWidgets import QHeaderView

    for widget in QApplication.allWidgets():
        lengths = widget.property(_GROWN)
        if isinstance(lengths, dict):
            _put(widget, lengths)
        if isinstance(widget, QHeaderView) and widget.orientation() is Qt.Orientation.Horizontal:
            _stretch_columns(widget, ratio)


def grown_sheet(sheet: str) -> str:
    """A style sheet with its type, heights and widths grown; borders, paddings and corners stay."""
    return _LENGTH.sub(lambda found: f"{found[1]}{grown(int(found[2]))}px", sheet)


def _stretch_columns(header: QHeaderView, ratio: float) -> None:
    """Columns grow from the width that whoever reads gave them."""
    from PySide6.QtWidgets import QHeaderView

    for number in range(header.count()):
        if header.sectionResizeMode(number) is QHeaderView.ResizeMode.Interactive:
            header.resizeSection(number, round(header.sectionSize(number) * ratio))


def _put(widget: QWidget, lengths: dict[str, int]) -> None:
    for setter, pixels in lengths.items():
        getattr(widget, setter)(grown(pixels))
