"""The tickets a team lead may review, one a row."""

from __future__ import annotations

from app.review.queue import Flag, QueueRow
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.rows import RowsModel

COLUMNS = ("subject", "unit", "flags", "screened")


class QueueModel(RowsModel[QueueRow]):
    """Rows are tickets with what the rules found."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(COLUMNS, "review.column_", language, appearance)

    def text(self, row: QueueRow, column: str) -> str:
        """What a cell says."""
        say = self._language.say
        if column == "subject":
            return row.ticket.content.subject or say("no_subject")
        if column == "unit":
            return row.unit
        if column == "flags":
            words = [say(f"review.flag_{flag}") for flag in Flag if flag in row.flags]
            if row.same is not None:
                words.insert(0, say("review.scored_same" if row.same else "review.scored_apart"))
            return say("comma").join(words)
        return f"{row.screened.total:.0f}"

    def tone(self, row: QueueRow, column: str) -> str | None:
        """What was found stands out, the rest steps back behind the subject."""
        del row
        if column == "flags":
            return "warn"
        return None if column == "subject" else "muted"
