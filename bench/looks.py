"""What an eye would find wrong in a window: clipped text, overlap, things too small, crooked or off the
grid.

Works on any shown window; every finding names the widget and by how much it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QScrollBar,
    QSizeGrip,
    QSplitterHandle,
    QStackedLayout,
    QStyle,
    QStyleOptionComboBox,
    QTableView,
    QWidget,
)

from bench.edges import crooked, holds
from ui.desk.form_rows import ProofLine
from ui.look.cards import CardList, CardRole
from ui.look.controls import ElidedLabel, SpareLabel
from ui.look.style import GRID, NOTE, sans
from ui.window.palette import Palette

SMALLEST = 24
"""Pixels of a side of a control: WCAG 2.2, target size."""
SLACK = 1
"""Pixels that rounding may cost."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: of which kind, with which widget, by how much."""

    kind: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.detail}"


Findings = Iterator[Finding]


def named(widget: QWidget) -> str:
    """A widget in words: what it says or is called, and in whom it stands."""
    said = getattr(widget, "text", None)
    words = widget.accessibleName() or (said() if callable(said) else "") or widget.objectName()
    holders: list[str] = []
    holder = widget.parentWidget()
    while holder is not None and len(holders) < 3:
        if type(holder).__module__.startswith("ui."):
            holders.append(type(holder).__name__)
        holder = holder.parentWidget()
    return f"{'.'.join(reversed(holders))}.{type(widget).__name__}({str(words)[:40]!r})"


def look(window: QWidget) -> list[Finding]:
    """Everything that is wrong in what a window shows now."""
    found: list[Finding] = []
    for widget in [window, *window.findChildren(QWidget)]:
        if not widget.isVisible() or _is_of_qt(widget) or widget.visibleRegion().isEmpty():
            continue
        found += _clipped(widget)
        found += _too_small(widget)
        found += _off_grid(widget)
        if not isinstance(widget, QAbstractScrollArea | QHeaderView):
            found += _children(widget)
        if holds(widget):
            found += [Finding(kind, named(one), words) for kind, one, words in crooked(widget)]
    return found


def _is_of_qt(widget: QWidget) -> bool:
    """Parts that Qt makes for itself inside its own widgets."""
    name = widget.objectName()
    own = isinstance(widget, QScrollBar | QSplitterHandle | QSizeGrip)
    return own or name.startswith("qt_") or (widget.parent() is not None and _is_popup(widget))


def _is_popup(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return parent is not None and parent.inherits("QComboBoxPrivateContainer")


# -- text ----------------------------------------------------------------------------------------


def _clipped(widget: QWidget) -> Findings:
    if isinstance(widget, ElidedLabel):
        needs = widget.fontMetrics().horizontalAdvance(widget.text())
        if needs > widget.width() and not widget.property("data"):
            yield Finding("elided", named(widget), f"{needs} > {widget.width()}")
    elif isinstance(widget, QLabel) and not isinstance(widget, SpareLabel | ProofLine):
        yield from _clipped_label(widget)
    elif isinstance(widget, QAbstractButton):
        least = widget.minimumSizeHint()
        if least.width() > widget.width() + SLACK or least.height() > widget.height() + SLACK:
            yield Finding("clipped", named(widget), f"{least.toTuple()} > {widget.size().toTuple()}")
    elif isinstance(widget, QLineEdit):
        yield from _clipped_line(widget)
    elif isinstance(widget, QComboBox):
        yield from _clipped_choice(widget)
    elif isinstance(widget, QHeaderView):
        yield from _clipped_heads(widget)
    elif isinstance(widget, QTableView):
        yield from _elided_cells(widget)
    elif isinstance(widget, CardList):
        yield from _elided_cards(widget)
    elif isinstance(widget, QScrollArea):
        yield from _cut_off(widget)


def _cut_off(area: QScrollArea) -> Findings:
    """What is wider than its area and cannot be scrolled to."""
    inner, never = area.widget(), Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    if inner is None or area.horizontalScrollBarPolicy() is not never:
        return
    if inner.width() > area.viewport().width() + SLACK:
        yield Finding("clipped", named(area), f"{inner.width()} > {area.viewport().width()}")


def _clipped_label(label: QLabel) -> Findings:
    if not label.text():
        return
    if label.wordWrap():
        needs = label.heightForWidth(label.width())
        if needs > label.height() + SLACK:
            yield Finding("clipped", named(label), f"height {needs} > {label.height()}")
        return
    hint = label.sizeHint()
    if hint.width() > label.width() + SLACK or hint.height() > label.height() + SLACK:
        yield Finding("clipped", named(label), f"{hint.toTuple()} > {label.size().toTuple()}")


def _clipped_line(line: QLineEdit) -> Findings:
    words = "" if line.text() else line.placeholderText()
    needs = line.fontMetrics().horizontalAdvance(words) + 2 * GRID * 2
    if words and needs > line.width() + SLACK and not line.toolTip():
        yield Finding("clipped", named(line), f"placeholder {needs} > {line.width()}: {words[:40]}")


def _clipped_choice(choice: QComboBox) -> Findings:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    room = choice.style().subControlRect(control, option, part, choice).width()
    needs = choice.fontMetrics().horizontalAdvance(choice.currentText())
    if needs > room + SLACK and not choice.toolTip():
        yield Finding("clipped", named(choice), f"{choice.currentText()[:30]} {needs} > {room}")


def _clipped_heads(header: QHeaderView) -> Findings:
    if header.orientation() is not Qt.Orientation.Horizontal:
        return
    metrics = QFontMetrics(sans(NOTE))
    for section in range(header.count()):
        words = str(header.model().headerData(section, header.orientation()) or "")
        needs = metrics.horizontalAdvance(words) + 11
        if not header.isSectionHidden(section) and needs > header.sectionSize(section):
            yield Finding("clipped", f"column {words}", f"{needs} > {header.sectionSize(section)}")


def _elided_cells(table: QTableView) -> Findings:
    """Data may be elided where the whole is a tooltip."""
    model = table.model()
    for row in range(min(20, model.rowCount())):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            words = str(index.data() or "")
            needs = table.fontMetrics().horizontalAdvance(words) + 4 * GRID
            if needs > table.columnWidth(column) and not index.data(Qt.ItemDataRole.ToolTipRole):
                yield Finding("elided", named(table), f"no tooltip: {words[:30]}")


def _elided_cards(cards: CardList) -> Findings:
    """A card says all of it to who points at it; its badge must leave room for the title."""
    metrics, width = QFontMetrics(sans(NOTE)), cards.viewport().width()
    for row in range(min(20, cards.model().rowCount())):
        card = cards.model().index(row, 0).data(CardRole.CARD)
        if metrics.horizontalAdvance(card.badge) > width * 0.6:
            yield Finding("clipped", named(cards), f"badge {card.badge[:30]}")


# -- place and size ------------------------------------------------------------------------------


def _is_control(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton | QLineEdit | QComboBox)


def _too_small(widget: QWidget) -> Findings:
    if not _is_control(widget) or isinstance(widget.parentWidget(), QComboBox):
        return
    if min(widget.width(), widget.height()) < SMALLEST:
        yield Finding("small", named(widget), f"{widget.size().toTuple()}")


def _off_grid(widget: QWidget) -> Findings:
    layout = widget.layout()
    if layout is None:
        return
    for one in [layout, *layout.findChildren(QLayout)]:
        if isinstance(one, QStackedLayout) or isinstance(widget, QMainWindow) or one.count() < 2:
            continue
        margins = one.contentsMargins()
        sides = (margins.left(), margins.top(), margins.right(), margins.bottom(), one.spacing())
        wrong = [side for side in sides if side > 2 and side % GRID]
        if wrong:
            yield Finding("grid", named(widget), f"{type(one).__name__} {sides}")


def _children(parent: QWidget) -> Findings:
    shown = [
        child
        for child in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisible() and not child.isWindow() and not _is_of_qt(child)
    ]
    in_area = isinstance(parent.parentWidget(), QAbstractScrollArea)
    for number, child in enumerate(shown):
        if not in_area and not parent.rect().contains(child.geometry()) and not child.size().isEmpty():
            yield Finding("outside", named(child), f"{_box(child)} in {parent.size().toTuple()}")
        for other in shown[number + 1 :]:
            both = child.geometry().intersected(other.geometry())
            floats = _floats(child) or _floats(other)
            if not floats and both.width() > SLACK and both.height() > SLACK:
                yield Finding("overlap", named(child), f"{named(other)} {_box(child)} {_box(other)}")


def _floats(widget: QWidget) -> bool:
    """Whether it lies over others on purpose."""
    return isinstance(widget, Palette) or bool(widget.property("floats"))


def _box(widget: QWidget) -> tuple[int, int, int, int]:
    place: QRect = widget.geometry()
    corner: QPoint = place.topLeft()
    return corner.x(), corner.y(), place.width(), place.height()
