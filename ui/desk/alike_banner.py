"""The note over the form that the same matter was reported lately, or that many report it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.domain.city import city_time
from ui.desk.banners import Banner
from ui.look.controls import KeyButton
from ui.look.wording import DOT, shortened

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.dispatch.duplicates import TicketRow
    from app.domain.draft import Draft
    from app.events import AlikeFound
    from ui.look.language import Language

_WORDS = 40


class AlikeBanner(Banner):
    """Shows tickets alike with the key that joins the likest one, and afterwards takes that back."""

    asked = Signal(object)
    """What the operator wants done to the draft: a function from draft to draft."""
    answer_wanted = Signal(str)
    """The title of the article that others who call about the same were quoted."""

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__("warn", parent)
        self._language = language
        self._found: AlikeFound | None = None
        self._joins: str | None = None
        self._rows: dict[str, TicketRow] = {}
        self.join = KeyButton("", "quiet")
        language.bind(self.join, self.join.set_label, "join_earlier")
        self.join.clicked.connect(self._on_join)
        self.answer = KeyButton("", "quiet")
        self.answer.clicked.connect(self._on_answer)
        self.column.addWidget(self.answer)
        self.column.addWidget(self.join)
        language.changed.connect(self._say_found)
        self._say_found()

    def show_found(self, found: AlikeFound | None, draft: Draft | None = None) -> None:
        """Show what was found for the draft on screen, or the ticket that its caller has joined.

        With neither the note is hidden.
        """
        self._found, self._joins = found, draft.content.joins if draft else None
        self._rows |= {row.id: row for row in found.tickets} if found else {}
        self._say_found()

    @property
    def _joined(self) -> TicketRow | None:
        """The ticket that was joined, wherever the draft has gone since."""
        return self._rows.get(self._joins) if self._joins else None

    def _on_join(self) -> None:
        if row := self._joined:
            from app.alike import parted

            self.asked.emit(lambda draft: parted(draft, row))
        elif self._found is not None and self._found.tickets:
            likest = self._found.tickets[0]
            from app.alike import joined

            self.asked.emit(lambda draft: joined(draft, likest))

    def _on_answer(self) -> None:
        if self._found is not None:
            self.answer_wanted.emit(self._found.answer)

    def _say_found(self) -> None:
        found, earlier, say = self._found, self._joined, self._language.say
        answer = found.answer if found else ""
        self.answer.setVisible(bool(answer))
        self.answer.set_label(say("surge_answer", title=shortened(answer, _WORDS)))
        rows = (earlier,) if earlier else found.tickets if found else ()
        lines = [say("surge", area=found.area, n=found.surge)] if found and found.surge else []
        lines += map(self._line, rows)
        if not lines:
            self.say("", "")
            return
        self.join.setVisible(bool(rows))
        self.join.set_label(say("part_earlier" if earlier else "join_earlier"))
        self.say(say("alike_joined" if earlier else "alike_title"), "\n".join(lines))

    def _line(self, row: TicketRow) -> str:
        say, where = self._language.say, (row.street or "") + (row.place or "")
        words = shortened(row.words, _WORDS) or row.matter
        line = say("alike_ticket", at=f"{city_time(row.at):%m-%d %H:%M}", where=where, words=words)
        more = say("alike_reporters", n=row.reporters) if row.reporters else ""
        return DOT.join(part for part in (line, row.number, more) if part)
