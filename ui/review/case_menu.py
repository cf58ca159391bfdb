"""What a case of a call withholds until it is asked: one tick for each answer of the caller."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QMenu, QWidget, QWidgetAction

from app.domain.call import Speaker, Transcript
from ui.look.language import Language
from ui.look.wording import shortened

LONGEST = 28


class CaseMenu(QMenu):
    """``saved`` carries the numbers of the answers that are told without being asked."""

    saved = Signal(object)

    def __init__(self, language: Language, parent: QWidget) -> None:
        super().__init__(parent)
        self._language = language
        self.ticks: list[QCheckBox] = []

    def offer(self, transcript: Transcript) -> None:
        """List the caller's answers, all withheld at first, and how to save."""
        self.clear()
        self.ticks.clear()
        self.addSection(self._language.say("review.withheld"))
        turns = sorted(transcript, key=lambda said: said.start)
        answers = [said for said in turns if said.speaker is Speaker.CALLER][1:]
        for said in answers:
            tick = QCheckBox(shortened(said.text, LONGEST))
            tick.setChecked(True)
            tick.setContentsMargins(12, 4, 12, 4)
            entry = QWidgetAction(self)
            entry.setDefaultWidget(tick)
            self.addAction(entry)
            self.ticks.append(tick)
        self.addSeparator()
        self.save = self.addAction(self._language.say("review.save_case"))
        self.save.triggered.connect(self._on_save)

    def _on_save(self) -> None:
        self.saved.emit(tuple(n for n, tick in enumerate(self.ticks) if not tick.isChecked()))
