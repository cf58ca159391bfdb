"""The settings' table of reference data: which version is in use, which waits, which was refused."""

from __future__ import annotations

from PySide6.QtWidgets import QTableView

from app.desk import Desk
from app.domain.city import city_time
from app.reference.seat import ReferenceRow
from ui.look.appearance import Appearance
from ui.look.controls import Panel, with_bar
from ui.look.language import Language
from ui.look.rows import RowsModel, dress_table
from ui.look.style import GRID

COLUMNS = {"name": GRID * 48, "version": GRID * 36, "state": 0}
UPDATE = "update"


class ReferenceModel(RowsModel[ReferenceRow]):
    """A kind of reference data in each row."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(tuple(COLUMNS), "reference.column_", language, appearance)

    def text(self, row: ReferenceRow, column: str) -> str:
        say = self._language.say
        if column == "name":
            return say(f"reference.{row.name.replace('.', '_')}")
        if column == "version":
            return row.version or say("reference.shipped")
        if row.error is not None:
            return say("reference.refused", version=row.refused)
        if row.update is not None:
            return say("reference.update_there", version=row.update.version, day=row.update.day)
        if row.name == UPDATE:
            return say("reference.update_none")
        if row.waiting is not None:
            return say("reference.waits", version=row.waiting or say("reference.shipped"))
        return say("reference.in_use")

    def tone(self, row: ReferenceRow, column: str) -> str | None:
        if column == "state" and row.error is not None:
            return "bad"
        if column == "state" and row.update is not None:
            return "accent"
        if column == "state" and row.waiting is not None:
            return "warn"
        return None if row.version or column == "name" else "muted"

    def tip(self, row: ReferenceRow, column: str) -> str:
        if row.error is not None:
            return self._language.error(row.error)
        if row.update is not None:
            return row.update.words[self._language.code]
        if row.since is not None:
            return f"{city_time(row.since):%Y-%m-%d %H:%M}"
        return self.text(row, column)


class ReferencePanel(Panel):
    """What the centre published beside articles, at this seat."""

    def __init__(self, desk: Desk, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._desk = desk
        self.model = ReferenceModel(language, appearance)
        self.table = QTableView()
        dress_table(self.table, self.model, COLUMNS)
        self.content.addLayout(with_bar(self.table))
        self.content.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 3)
        language.bind(self, self.set_title, "reference.title")
        language.bind(self.table, self.table.setAccessibleName, "reference.title")
        language.bind(self, self.note.setText, "reference.note")
        self.refresh()

    def refresh(self) -> None:
        """Show what holds now."""
        self.model.show_rows(self._desk.reference.rows())
