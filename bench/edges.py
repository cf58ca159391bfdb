"""What an eye finds crooked: edges that nearly meet, unlike heights in a row, labels off their field.

Two edges that are far apart are meant so; two that differ by a pixel or three are a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from ui.look.cards import CardList
from ui.look.controls import Chip, KeyButton, Panel

NEARLY = 3
"""Pixels by which edges, heights or middles may not differ unless they differ by more."""
Box = tuple[QWidget, QRect]
Crooked = Iterator[tuple[str, QWidget, str]]
"""The kind of fault, the widget, and with whom it disagrees by how much."""


def crooked(holder: QWidget) -> Crooked:
    """What stands nearly, but not quite, in line inside a panel or another part of a page."""
    boxes = [(one, _place(one, holder)) for one in _framed(holder)]
    yield from _edges(boxes)
    yield from _heights(boxes)
    yield from _middles(holder)


def _framed(holder: QWidget) -> list[QWidget]:
    """Everything with a visible frame that belongs to this part and to no part inside it."""
    kinds = (QLineEdit, QPlainTextEdit, QComboBox, KeyButton, CardList, QAbstractButton)
    return [
        one
        for one in holder.findChildren(QWidget)
        if isinstance(one, kinds)
        and one.isVisible()
        and _holder_of(one) is holder
        and not isinstance(one, Chip | QCheckBox)
        and not isinstance(one.parentWidget(), QComboBox)
        and one.property("kind") != "quiet"
        and not one.property("link")
    ]


def holds(widget: QWidget) -> bool:
    """Whether edges are compared inside this widget: panels, pages, scrolled forms."""
    return isinstance(widget, Panel | QScrollArea) or widget.objectName() in ("page", "foot", "topBar")


def _holder_of(widget: QWidget) -> QWidget | None:
    parent = widget.parentWidget()
    while parent is not None and not holds(parent):
        parent = parent.parentWidget()
    return parent


def _place(widget: QWidget, holder: QWidget) -> QRect:
    return QRect(widget.mapTo(holder, QPoint()), widget.size())


def _edges(boxes: list[Box]) -> Crooked:
    """Left and right edges of what stands below each other."""
    for (one, a), (other, b) in combinations(boxes, 2):
        if a.top() <= b.bottom() and b.top() <= a.bottom():
            continue
        for side, off in (("left", a.left() - b.left()), ("right", a.right() - b.right())):
            if 0 < abs(off) <= NEARLY:
                yield "edge", one, f"{side} {abs(off)} px from that of {_brief(other)}"


def _heights(boxes: list[Box]) -> Crooked:
    """Fields and buttons of one line are equally high."""
    alike = [
        box for box in boxes if isinstance(box[0], QLineEdit | QComboBox) or _is_plain_button(box[0])
    ]
    for (one, a), (other, b) in combinations(alike, 2):
        in_line = one.parentWidget() is other.parentWidget() and a.top() <= b.center().y() <= a.bottom()
        if in_line and a.height() != b.height():
            yield "height", one, f"{a.height()} beside {b.height()} of {_brief(other)}"


def _is_plain_button(widget: QWidget) -> bool:
    return isinstance(widget, KeyButton)


def _middles(holder: QWidget) -> Crooked:
    """A label of one line stands in the middle of the field beside it."""
    for label in holder.findChildren(QLabel):
        field = label.buddy()
        if field is None or not label.isVisible() or not field.isVisible():
            continue
        if label.wordWrap() or field.height() > 2 * label.height() + NEARLY:
            continue
        a, b = _place(label, holder), _place(field, holder)
        off = abs((a.top() + a.bottom()) - (b.top() + b.bottom())) / 2
        if 1 < off <= 2 * NEARLY:
            yield "middle", label, f"{off:g} px off that of {_brief(field)}"


def _brief(widget: QWidget) -> str:
    return f"{type(widget).__name__}({widget.accessibleName()[:20]!r})"
