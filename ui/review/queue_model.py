"""The tickets a team lead may review, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.review.queue import Flag, QueueRow
from ui.appearance import Appearance
from ui.language import Language

COLUMNS = ("subject", "unit", "flags", "screened")
_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class QueueModel(QAbstractTableModel):
    """Rows in the order given."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._rows: Sequence[QueueRow] = ()
        language.changed.connect(self._on_changed)
        appearance.changed.connect(self._on_changed)

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def queue_row(self, row: int) -> QueueRow | None:
        """What stands in a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def _on_changed(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def _text(self, row: QueueRow, column: str) -> str:
        say = self._language.say
        if column == "subject":
            return row.ticket.content.subject or say("no_subject")
        if column == "unit":
            return row.unit
        if column == "flags":
            return say("comma").join(say(f"review.flag_{flag}") for flag in Flag if flag in row.flags)
        return f"{row.screened.total:.0f}"

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._language.say(f"review.column_{COLUMNS[section]}")
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.queue_row(index.row()) if index.isValid() else None
        if row is None:
            return None
        column = COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            roles = self._appearance.roles
            if column == "flags":
                return roles.color("warn")
            return None if column == "subject" else roles.color("muted")
        return None
