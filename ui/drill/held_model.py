"""Drills that were held, newest first."""

from __future__ import annotations

from app.domain.city import city_time
from app.training.attempts import Attempt
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.rows import RowsModel

HELD_COLUMNS = ("when", "trainee", "case", "style", "total")


class HeldModel(RowsModel[Attempt]):
    """Rows are attempts."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(HELD_COLUMNS, "drill.column_", language, appearance)

    def text(self, row: Attempt, column: str) -> str:
        """What a cell says."""
        say, case = self._language.say, row.record.scenario
        return {
            "when": f"{city_time(row.held_at):%Y-%m-%d %H:%M}",
            "trainee": row.trainee or say("drill.nobody"),
            "case": case.title or case.id,
            "style": say(f"drill.style_{row.style.value}"),
            "total": f"{row.total:.1f}",
        }[column]

    def tone(self, row: Attempt, column: str) -> str | None:
        """Whether the total is enough."""
        if column == "total":
            return "ok" if row.passed else "warn"
        return None if column == "case" else "muted"
