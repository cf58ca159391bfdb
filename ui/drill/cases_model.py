"""The cases to choose from, one a row, with how the trainee did in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.dispatch.catalogue import bundled_catalogue
from app.training.scenario import Scenario
from ui.appearance import Appearance
from ui.language import Language

COLUMNS = ("case", "level", "category", "emotion", "events", "best")
_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


def category_name(code: str) -> str:
    """The topmost level of a catalogue code, in words."""
    item = next(
        (item for known, item in bundled_catalogue().by_code.items() if known[:2] == code[:2]), None
    )
    return item.path[0] if item else code


def event_words(case: Scenario, language: Language) -> str:
    """What happens in a case, each kind once."""
    kinds = dict.fromkeys(event.kind.value for event in case.events)
    return language.say("comma").join(language.say(f"drill.event_{kind}") for kind in kinds)


class CasesModel(QAbstractTableModel):
    """Rows are cases in the order given."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._cases: Sequence[Scenario] = ()
        self._best: Mapping[str, float] = {}
        language.changed.connect(self._on_changed)
        appearance.changed.connect(self._on_changed)

    def show_cases(self, cases: Sequence[Scenario]) -> None:
        """Show these."""
        self.beginResetModel()
        self._cases = cases
        self.endResetModel()

    def show_best(self, best: Mapping[str, float]) -> None:
        """The best totals by the id of a case."""
        self._best = best
        self._on_changed()

    def case(self, row: int) -> Scenario | None:
        """The case of a row."""
        return self._cases[row] if 0 <= row < len(self._cases) else None

    def _on_changed(self) -> None:
        if self._cases:
            last = self.index(len(self._cases) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def _text(self, case: Scenario, column: str) -> str:
        say = self._language.say
        if column == "case":
            return case.title or case.id
        if column == "level":
            return say(f"drill.level_{case.level}")
        if column == "category":
            return category_name(case.categories[0]) if case.categories else ""
        if column == "emotion":
            return say(f"drill.emotion_{case.emotion.value}")
        if column == "events":
            return event_words(case, self._language)
        best = self._best.get(case.id)
        return f"{best:.0f}" if best is not None else "—"

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._cases)

    def columnCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._language.say(f"drill.column_{COLUMNS[section]}")
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        case = self.case(index.row()) if index.isValid() else None
        if case is None:
            return None
        column = COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(case, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            roles = self._appearance.roles
            if column == "best" and case.id in self._best:
                return roles.color("ok" if self._best[case.id] >= 80 else "warn")
            return None if column == "case" else roles.color("muted")
        return None
