"""Tables of rows: one model that a page fills with words and colours, one way a table looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.sizes import grow, grown
from ui.look.style import GRID

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Row = TypeVar("Row")


class RowsModel(QAbstractTableModel, Generic[Row]):
    """Rows in order; who derives from it says a cell's ``text``, and ``tone`` where it has one.

    ``heading`` begins the key of each column's name: ``field_`` and ``review.column_``.
    """

    def __init__(
        self, columns: tuple[str, ...], heading: str, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.columns = columns
        self._heading = heading
        self._language, self._appearance = language, appearance
        self._rows: Sequence[Row] = ()
        language.changed.connect(self._refresh)
        appearance.changed.connect(self._refresh)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def at(self, row: int) -> Row | None:
        """What stands in a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def text(self, row: Row, column: str) -> str:
        """What a cell says."""
        raise NotImplementedError

    def tone(self, row: Row, column: str) -> str | None:
        """The colour role of a cell; ``None`` = as text is."""
        del row, column
        return None

    def tip(self, row: Row, column: str) -> str:
        """What a cell says to who asks for more."""
        return self.text(row, column)

    def _refresh(self) -> None:
        last = len(self.columns) - 1
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, last))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        if shown and orientation is Qt.Orientation.Horizontal and section < len(self.columns):
            return self._language.say(f"{self._heading}{self.columns[section]}")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.at(index.row()) if index.isValid() else None
        if row is None:
            return None
        column = self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(row, column)
        if role == Qt.ItemDataRole.ForegroundRole and (tone := self.tone(row, column)) is not None:
            return QColor(self._appearance.roles.color(tone))
        return None


class FilteredRows(QSortFilterProxyModel, Generic[Row]):
    """The rows of a model that hold some words in any column, in its text or in what it says to who
    asks for more."""

    def __init__(self, rows: RowsModel[Row], parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setSourceModel(rows)
        self.setFilterKeyColumn(-1)
        self.setFilterRole(Qt.ItemDataRole.ToolTipRole)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def at(self, index: Index) -> Row | None:
        """What stands in a row of the table."""
        return self._rows.at(self.mapToSource(index).row())

    def index_of(self, row: int) -> QModelIndex:
        """Where a row of the model stands in the table; invalid when it is left out."""
        return self.mapFromSource(self._rows.index(row, 0))


def dress_table(table: QTableView, model: QAbstractItemModel, widths: Mapping[str, int]) -> None:
    """Show a model a row a line, its columns so wide in pixels at 100 %; 0 = what is left over."""
    table.setModel(model)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.verticalHeader().hide()
    grow(table.verticalHeader(), setDefaultSectionSize=GRID * 10)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    for number, width in enumerate(widths.values()):
        if width:
            table.setColumnWidth(number, grown(width))
        else:
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
