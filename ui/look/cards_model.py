"""Any things as a list of cards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from ui.look.cards import Card, CardRole

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class CardsModel(QAbstractListModel):
    """Rows of a card and what it stands for."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[tuple[Card, object], ...] = ()

    def show_rows(self, rows: Iterable[tuple[Card, object]]) -> None:
        """Show other rows; the same ones leave everything as it is."""
        rows = tuple(rows)
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def item(self, row: int) -> object:
        """What a row stands for; ``None`` beyond the rows."""
        return self._rows[row][1] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        card = self._rows[index.row()][0]
        if role == CardRole.CARD:
            return card
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return card.spoken()
        return None
