"""Where the ticket goes: the suggested units with role, score and reasons, chosen with keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.draft import Draft, Origin
from app.domain.ticket import UnitRole, UnitSuggestion
from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, CardRole, Passage
from ui.look.controls import EmptyNote, Panel, with_bar
from ui.look.fields import Find, PickerLine
from ui.look.language import Language
from ui.look.style import GRID
from ui.look.wording import DOT

Index = QModelIndex | QPersistentModelIndex
Units = tuple[UnitSuggestion, ...]
ROOT = QModelIndex()


class UnitsModel(QAbstractListModel):
    """The units of the ticket first, then those that were suggested but are not in it."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._rows: Units = ()
        self._inside: frozenset[str] = frozenset()
        language.changed.connect(self._on_language_changed)

    def show_units(self, inside: Units, outside: Sequence[UnitSuggestion]) -> None:
        """Show units; ``inside`` are on the ticket."""
        rows, names = (*inside, *outside), frozenset(unit.name for unit in inside)
        if (rows, names) == (self._rows, self._inside):
            return
        if [u.name for u in rows] == [u.name for u in self._rows] and rows:
            self._rows, self._inside = rows, names
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows, self._inside = rows, names
        self.endResetModel()

    def unit(self, row: int) -> UnitSuggestion | None:
        """The unit of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def _card(self, unit: UnitSuggestion) -> Card:
        inside = unit.name in self._inside
        title = unit.name + (DOT + self._language.say(f"role_{unit.role}") if inside else "")
        reasons = (Passage(DOT.join(unit.reasons)),) if unit.reasons else ()
        badge = f"{unit.score:.2f}" if unit.score > 0 else ""
        lead = inside and unit.role is UnitRole.LEAD
        return Card(title, badge, passages=reasons, chosen=lead)

    def _on_language_changed(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        card = self._card(self._rows[index.row()])
        if role == CardRole.CARD:
            return card
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return card.spoken()
        if role == Qt.ItemDataRole.ToolTipRole:
            return card.passages[0].text if card.passages else None
        return None


class UnitsPanel(Panel):
    """Enter leads, Space joins or leaves, Delete removes, Tab accepts suggestions, Esc rejects."""

    typed = Signal(str, object)
    accepted = Signal(str)
    rejected = Signal(str)

    def __init__(
        self,
        language: Language,
        appearance: Appearance,
        find_units: Find,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._language = language
        self._draft: Draft | None = None
        self._suggested: dict[str, Units] = {}
        self.model = UnitsModel(language)
        self.list = CardList(appearance)
        self.list.setModel(self.model)
        self.empty = EmptyNote()
        self.add_line = PickerLine(find_units)
        inner = QVBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        inner.setSpacing(GRID * 2)
        inner.addLayout(with_bar(self.list), 1)
        inner.addWidget(self.empty, 1)
        row = QHBoxLayout()
        row.addWidget(self.add_line)
        inner.addLayout(row)
        self.content.addLayout(inner)
        self.list.activated.connect(self._on_activated)
        self.list.key_pressed.connect(self._on_key_pressed)
        self.list.left_forward.connect(self._on_left_forward)
        self.add_line.picked.connect(self._on_picked)
        language.bind(self, self.set_title, "dispatch")
        language.bind(self.list, self.list.setAccessibleName, "units")
        language.bind(self.add_line, self.add_line.setPlaceholderText, "hint_add_unit")
        language.bind(self.add_line, self.add_line.setAccessibleName, "add_unit")
        language.bind(self.add_line, self.add_line.popup.setAccessibleName, "add_unit")
        language.changed.connect(self._show)
        self._show()

    def show_draft(self, draft: Draft | None) -> None:
        """Show a draft's units and those its suggestion named before."""
        self._draft = draft
        if draft is not None and draft.origins.get("units") is Origin.SUGGESTED:
            self._suggested[draft.id] = draft.content.units
        self._show()

    def focus_first(self) -> None:
        """Go to the units, or to the line that finds one."""
        (self.list if self.model.rowCount() else self.add_line).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def forget(self) -> None:
        """Nothing was suggested: the next call begins."""
        self._suggested.clear()

    def _show(self) -> None:
        draft = self._draft
        inside = draft.content.units if draft else ()
        names = {unit.name for unit in inside}
        earlier = self._suggested.get(draft.id, ()) if draft else ()
        self.model.show_units(inside, [unit for unit in earlier if unit.name not in names])
        handling = draft.content.handling if draft else None
        parts = [self._language.say(f"handling_{handling}")] if handling else []
        joins = draft is not None and draft.content.joins is not None  # goes where the earlier one went
        if self._is_suggested() and not joins:
            parts.append(self._language.say("tab_accepts"))
        self.note.setText(DOT.join(parts))
        any_rows = self.model.rowCount() > 0 and not joins
        self.list.setVisible(any_rows)
        self.empty.setText(self._language.say("units_joined" if joins else "units_empty"))
        self.empty.setVisible(not any_rows)
        self.add_line.setVisible(not joins)
        self.add_line.setEnabled(draft is not None)
        if any_rows and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _is_suggested(self) -> bool:
        return self._draft is not None and self._draft.origins.get("units") is Origin.SUGGESTED

    def _type(self, units: Sequence[UnitSuggestion]) -> None:
        """The operator's list; its first unit leads when none does."""
        if units and not any(unit.role is UnitRole.LEAD for unit in units):
            units = (replace(units[0], role=UnitRole.LEAD), *units[1:])
        row = self.list.currentIndex().row()
        self.typed.emit("units", tuple(units))
        self.list.setCurrentIndex(self.model.index(min(row, self.model.rowCount() - 1)))

    def _lead(self, lead: UnitSuggestion) -> None:
        assert self._draft is not None
        others = [unit for unit in self._draft.content.units if unit.name != lead.name]
        assisting = [replace(unit, role=UnitRole.ASSIST) for unit in others]
        self._type((replace(lead, role=UnitRole.LEAD), *assisting))

    def _toggle(self, unit: UnitSuggestion, *, only_remove: bool) -> None:
        assert self._draft is not None
        inside = self._draft.content.units
        rest = tuple(other for other in inside if other.name != unit.name)
        if len(rest) < len(inside):
            self._type(rest)
        elif not only_remove:
            self._type((*inside, replace(unit, role=UnitRole.ASSIST)))

    def _on_activated(self, index: QModelIndex) -> None:
        unit = self.model.unit(index.row())
        if unit is not None and self._draft is not None:
            self._lead(unit)

    def _on_key_pressed(self, key: int) -> None:
        unit = self.model.unit(self.list.currentIndex().row())
        if self._draft is None:
            return
        if key == Qt.Key.Key_Escape and self._is_suggested():
            self.rejected.emit("units")
        elif key != Qt.Key.Key_Escape and unit is not None:
            self._toggle(unit, only_remove=key == Qt.Key.Key_Delete)

    def _on_left_forward(self) -> None:
        if self._is_suggested():
            self.accepted.emit("units")

    def _on_picked(self, name: str | None) -> None:
        if name is not None and self._draft is not None:
            units = self._draft.content.units
            if name not in {unit.name for unit in units}:
                self._type((*units, UnitSuggestion(name, UnitRole.ASSIST, 0.0)))
            self.add_line.clear()
