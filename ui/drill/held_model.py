"""Drills that were held, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.training.attempts import Attempt
from ui.appearance import Appearance
from ui.language import Language

HELD_COLUMNS = ("when", "trainee", "case", "style", "total")
_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class HeldModel(QAbstractTableModel):
    """Rows are attempts in the order given."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._attempts: Sequence[Attempt] = ()
        language.changed.connect(self._on_changed)
        appearance.changed.connect(self._on_changed)

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Show these."""
        self.beginResetModel()
        self._attempts = attempts
        self.endResetModel()

    def attempt(self, row: int) -> Attempt | None:
        """The attempt of a row."""
        return self._attempts[row] if 0 <= row < len(self._attempts) else None

    def _on_changed(self) -> None:
        if self._attempts:
            last = self.index(len(self._attempts) - 1, len(HELD_COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(HELD_COLUMNS) - 1)

    def _text(self, one: Attempt, column: str) -> str:
        say, case = self._language.say, one.record.scenario
        return {
            "when": f"{one.held_at.astimezone():%Y-%m-%d %H:%M}",
            "trainee": one.trainee or say("drill.nobody"),
            "case": case.title or case.id,
            "style": say(f"drill.style_{one.style.value}"),
            "total": f"{one.total:.1f}",
        }[column]

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._attempts)

    def columnCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(HELD_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._language.say(f"drill.column_{HELD_COLUMNS[section]}")
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one = self.attempt(index.row()) if index.isValid() else None
        if one is None:
            return None
        column = HELD_COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(one, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            roles = self._appearance.roles
            if column == "total":
                return roles.color("ok" if one.passed else "warn")
            return None if column == "case" else roles.color("muted")
        return None
