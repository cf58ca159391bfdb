"""The cases to choose from, one a row, with how the trainee did in each."""

from __future__ import annotations

from collections.abc import Mapping

from app.dispatch.catalogue import catalogue_in_force
from app.training.scenario import Scenario
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.rows import RowsModel

COLUMNS = ("case", "level", "category", "emotion", "events", "best")


def category_name(code: str) -> str:
    """The topmost level of a catalogue code, in words."""
    item = next(
        (item for known, item in catalogue_in_force().by_code.items() if known[:2] == code[:2]), None
    )
    return item.path[0] if item else code


def event_words(case: Scenario, language: Language) -> str:
    """What happens in a case, each kind once."""
    kinds = dict.fromkeys(event.kind.value for event in case.events)
    return language.say("comma").join(language.say(f"drill.event_{kind}") for kind in kinds)


class CasesModel(RowsModel[Scenario]):
    """Rows are cases."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(COLUMNS, "drill.column_", language, appearance)
        self._best: Mapping[str, float] = {}

    def show_best(self, best: Mapping[str, float]) -> None:
        """The best totals by the id of a case."""
        self._best = best
        self._refresh()

    def text(self, row: Scenario, column: str) -> str:
        """What a cell says."""
        say = self._language.say
        if column == "case":
            return row.title or row.id
        if column == "level":
            return say(f"drill.level_{row.level}")
        if column == "category":
            return category_name(row.categories[0]) if row.categories else ""
        if column == "emotion":
            return say(f"drill.emotion_{row.emotion.value}")
        if column == "events":
            return event_words(row, self._language)
        best = self._best.get(row.id)
        return f"{best:.0f}" if best is not None else "—"

    def tone(self, row: Scenario, column: str) -> str | None:
        """Whether the best total is enough."""
        if column == "best" and row.id in self._best:
            return "ok" if self._best[row.id] >= 80 else "warn"
        return None if column == "case" else "muted"
