"""The table of models: what each is for, how large it is, and where it stands at this seat."""

from __future__ import annotations

from app.first_day import Offer
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.rows import RowsModel
from ui.look.style import GRID
from ui.look.wording import DOT

COLUMNS = {"name": 0, "use": GRID * 32, "size": GRID * 22, "needs": GRID * 40, "state": GRID * 40}


class OffersModel(RowsModel[Offer]):
    """A model in each row."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(tuple(COLUMNS), "firstday.column_", language, appearance)

    def text(self, row: Offer, column: str) -> str:
        model, say = row.model, self._language.say
        if column == "name":
            return model.name
        if column == "use":
            return say(f"firstday.use_{model.use}")
        if column == "size":
            return say("firstday.megabytes", mb=f"{model.size / 1e6:,.0f}")
        if column == "needs":
            return say("firstday.needs", cores=model.cores, gb=f"{model.memory_mb / 1000:g}")
        words = say(f"firstday.model_{self._state(row)}")
        if model.installed and model.recommended:
            words += DOT + say("firstday.model_recommended")
        return words

    def tone(self, row: Offer, column: str) -> str | None:
        if column != "state":
            return None if column == "name" else "muted"
        return {"used": "ok", "recommended": "accent"}.get(self._state(row), "muted")

    def tip(self, row: Offer, column: str) -> str:
        return (
            f"{row.model.origin}\n{row.model.licence}" if column == "name" else self.text(row, column)
        )

    @staticmethod
    def _state(row: Offer) -> str:
        if row.model.installed:
            return "used" if row.used else "there"
        return "recommended" if row.model.recommended else row.way.replace("-", "_")
