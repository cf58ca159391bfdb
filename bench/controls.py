"""Controls of a window as a screen reader and a Tab key meet them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFrame,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTableView,
    QTextEdit,
    QWidget,
)

from bench.looks import named
from ui.look.controls import ChipRow, Panel
from ui.window.palette import Palette

KINDS = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit)
ROWS = 10
ROOT = QModelIndex()
MOST = 400
NO_ROLES = {QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window}
NEAR = 8
STAYS = 60
"""How often Tab may stay: it takes what is suggested, and goes through the links of a text."""
SHEET_STYLE = "QStyleSheetStyle"


def controls(window: QWidget) -> list[QWidget]:
    """What can be operated in a window now: fields, buttons, lists, our own parts that take keys."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.window() is window and _is_control(widget)
    ]


def _is_control(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    inside = parent is not None and (
        isinstance(parent, QComboBox) or parent.inherits("QComboBoxPrivateContainer")
    )
    if inside or widget.objectName().startswith("qt_") or isinstance(widget, QHeaderView):
        return False
    takes_keys = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return isinstance(widget, KINDS) or (takes_keys and not isinstance(widget, QScrollArea))


def nameless(shown: Iterable[QWidget]) -> list[str]:
    """Controls without a name."""
    return [named(widget) for widget in shown if not _asked(widget).text(QAccessible.Text.Name).strip()]


def symbols(shown: Iterable[QWidget]) -> list[str]:
    """Controls whose name is signs only, which a voice leaves out or reads as code."""
    return [
        named(widget)
        for widget in shown
        if (name := _asked(widget).text(QAccessible.Text.Name).strip())
        and not any(sign.isalnum() for sign in name)
    ]


def same_names(shown: Iterable[QWidget]) -> list[str]:
    """Controls that cannot be told from another one: of one kind, with one name and one description."""
    met: Counter[tuple[object, ...]] = Counter()
    found = []
    for widget in shown:
        asked = _asked(widget)
        kinds = (QAccessible.Text.Name, QAccessible.Text.Description)
        words = tuple(asked.text(kind).strip() for kind in kinds)
        met[(asked.role(), words)] += 1
        if words[0] and met[(asked.role(), words)] > 1:
            found.append(named(widget))
    return found


def wrong_role(shown: Iterable[QWidget]) -> list[str]:
    """Controls that say nothing of what they are."""
    return [named(widget) for widget in shown if _asked(widget).role() in NO_ROLES]


def unread(shown: Iterable[QWidget]) -> list[str]:
    """Lists and tables with rows that have no words."""
    return [
        named(view)
        for view in shown
        if isinstance(view, QAbstractItemView) and view.model() is not None and not _has_words(view)
    ]


def undressed(window: QWidget) -> list[str]:
    """Parts with something to see that wear no style sheet."""
    return [
        named(part)
        for part in window.findChildren(QWidget)
        if part.isVisible() and not part.findChildren(QWidget)  # the rest only holds them
        if part.style().metaObject().className() != SHEET_STYLE
    ]


def _has_words(view: QAbstractItemView) -> bool:
    model = view.model()
    spoken, shown = Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole
    columns = model.columnCount(ROOT) if isinstance(view, QTableView) else 1
    for row in range(min(ROWS, model.rowCount(ROOT))):
        cells = [model.index(row, column) for column in range(columns)]
        if not any(cell.data(spoken) or cell.data(shown) for cell in cells):
            return False
    return True


def _asked(widget: QWidget) -> QAccessibleInterface:
    """What Qt hands to a screen reader."""
    found: QAccessibleInterface = QAccessible.queryAccessibleInterface(widget)
    return found


class TabWalk:
    """Tab from control to control until the first one comes again."""

    def __init__(self, window: QWidget) -> None:
        self.window = window
        self.order: list[QWidget] = []
        self._moves: list[tuple[QWidget, QRect, QWidget, QRect]] = []
        self.unseen: list[str] = []
        self.trapped: list[str] = []
        self.wanted = [widget for widget in controls(window) if _can_be_reached(widget)]

    @property
    def led(self) -> bool:
        """Whether a line over the desk has the keys, and its list is led by them."""
        return any(palette.isVisible() for palette in self.window.findChildren(Palette))

    @property
    def missed(self) -> list[str]:
        """What Tab did not come to, unless it was put away meanwhile."""
        return [
            named(widget)
            for widget in self.wanted
            if widget not in self.order
            and widget.isVisible()
            and widget.isEnabled()
            and not self._reached_beside(widget)
        ]

    def _reached_beside(self, widget: QWidget) -> bool:
        """Whether Tab came to another of its group, from which arrow keys go on."""
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        return group is not None and any(one in self.order for one in group.buttons())

    def go(self) -> None:
        """Walk; each control must look different with the focus than without."""
        self.window.activateWindow()
        if not self.wanted:
            return
        QApplication.processEvents()  # until it has the focus from another window
        if QApplication.focusWidget() not in self.wanted:
            self.wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
        focused: QWidget | None = QApplication.focusWidget()
        met: set[QWidget] = set()
        stayed = 0
        for _ in range(MOST):
            if focused is None or (not stayed and met and focused is self.order[0]):
                break
            fresh = focused not in met
            met.add(focused)
            QApplication.processEvents()
            place, lit = self._place(focused), None
            if fresh:
                if self.order:  # both as they stand now: the area may have been scrolled
                    last = self.order[-1]
                    self._moves.append((last, self._place(last), focused, place))
                self.order.append(focused)
                lit = self._picture(place)
            QTest.keyClick(focused, Qt.Key.Key_Tab)
            before, focused = focused, QApplication.focusWidget()
            stayed = stayed + 1 if focused is before else 0
            if stayed > STAYS and len(self.wanted) > 1:
                self.trapped.append(named(before))
                break
            gone = lit is not None and focused is not before
            if gone and lit == self._picture(self._place(before)):  # where it has been scrolled to
                self.unseen.append(named(before))

    def jumps(self) -> list[str]:
        """Moves within one panel that go back: up, or left on the same line."""
        found = []
        ranks = _ranks(self.window)
        for before, one, after, other in self._moves:
            if _group(before) is not _group(after) or ranks.get(after, 0) < ranks.get(before, 0):
                continue  # another panel, or from the last of the window to its first
            same_line = abs(one.center().y() - other.center().y()) <= NEAR
            up = other.bottom() <= one.top() + NEAR and other.left() < one.right()
            if (same_line and other.right() <= one.left()) or (up and not same_line):
                found.append(f"{named(before)} -> {named(after)}")
        return found

    def _place(self, widget: QWidget) -> QRect:
        return QRect(widget.mapTo(self.window, QPoint()), widget.size())

    def _picture(self, place: QRect) -> QImage:
        return self.window.grab(place.adjusted(-3, -3, 3, 3)).toImage()


def _ranks(window: QWidget) -> dict[QWidget, int]:
    """The place of each part in the order of the focus."""
    ranks: dict[QWidget, int] = {}
    part = window.nextInFocusChain()
    while part is not None and part not in ranks:
        ranks[part] = len(ranks)
        part = part.nextInFocusChain()
    return ranks


def _can_be_reached(widget: QWidget) -> bool:
    """Enabled, and not one of several that the arrow keys choose among from the one that holds."""
    in_row = isinstance(widget.parentWidget(), ChipRow)
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    beside = group is not None and group.exclusive() and not _is_on(widget)
    return widget.isEnabled() and not in_row and not beside and not widget.property("led")


def _is_on(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton) and widget.isChecked()


def _group(widget: QWidget) -> QWidget | None:
    """The panel or bar a control stands in."""
    holder = widget.parentWidget()
    while holder is not None and not isinstance(holder, Panel):
        if isinstance(holder, QFrame) and holder.objectName() in (
            "topBar",
            "statusBar",
            "banner",
            "foot",
        ):
            return holder
        holder = holder.parentWidget()
    return holder
