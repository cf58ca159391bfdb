"""The note over the form that the same matter was reported lately, or that many report it now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.city import city_time
from app.events import AlikeFound
from ui.banners import Banner
from ui.controls import KeyButton
from ui.language import Language

_WORDS = 40


class AlikeBanner(Banner):
    """Shows tickets alike with the key that joins the likest one."""

    joined = Signal(object)

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__("warn", parent)
        self._language = language
        self._found: AlikeFound | None = None
        self.join = KeyButton("", "quiet")
        language.bind(self.join, self.join.set_label, "join_earlier")
        self.join.clicked.connect(self._on_join)
        self.column.addWidget(self.join)
        language.changed.connect(self._say_found)

    def show_found(self, found: AlikeFound | None) -> None:
        """Show what was found for the draft on screen; ``None`` or nothing alike hides the note."""
        self._found = found
        self._say_found()

    def _on_join(self) -> None:
        if self._found is not None and self._found.tickets:
            self.joined.emit(self._found.tickets[0])

    def _say_found(self) -> None:
        found = self._found
        if found is None or not (found.tickets or found.surge):
            self.say("", "")
            return
        say = self._language.say
        lines = [say("surge", area=found.area, n=found.surge)] if found.surge else []
        for row in found.tickets:
            at = f"{city_time(row.at):%m-%d %H:%M}"
            where = (row.street or "") + (row.place or "")
            lines.append(say("alike_ticket", at=at, where=where, words=row.words[:_WORDS]))
        self.join.setVisible(bool(found.tickets))
        self.say(say("alike_title"), "\n".join(lines))
