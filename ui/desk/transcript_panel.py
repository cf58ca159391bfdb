"""The left panel: live transcript, its state in words, and the way back to the newest text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.domain.call import Transcript
from app.events import (
    ON_HOLD,
    AudioEnded,
    AudioGap,
    Heard,
    PartialHeard,
    SpeechDegraded,
    UtteranceHeard,
    UtteranceSettled,
)
from ui.desk.transcript_view import TranscriptView
from ui.look.appearance import Appearance
from ui.look.controls import EmptyNote, KeyButton, Panel
from ui.look.language import Language
from ui.look.style import GRID
from ui.look.wording import DOT

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

SILENCING = frozenset({"NO_SPEECH_MODEL", "SPEECH_ENGINE_FAILED"})
"""After these nothing is written down, and the panel says why."""


class TranscriptPanel(Panel):
    """Feeds the view from speech events. ``play_requested`` carries an utterance."""

    play_requested = Signal(object)

    def __init__(
        self, language: Language, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._language = language
        self._lag: float | None = None
        self._gap: AudioGap | None = None
        self._without: SpeechDegraded | None = None
        self.view = TranscriptView(language, appearance)
        self.empty = EmptyNote()
        self.latest = KeyButton("Ctrl+End", "plain", self)
        self.content.addWidget(self.empty, 1)
        self.content.addWidget(self.view, 1)
        self.view.following_changed.connect(self._on_following_changed)
        self.view.play_requested.connect(self.play_requested)
        self.latest.clicked.connect(self.view.follow)
        language.bind(self, self.set_title, "transcript")
        language.bind(self.latest, self.latest.set_label, "to_latest")
        language.changed.connect(self._show)
        self.latest.hide()
        self.clear()

    def clear(self) -> None:
        """Wait for the next call."""
        self._lag = self._gap = self._without = None
        self.view.clear_all()
        self.view.hide()
        self.empty.show()
        self._show()

    def show_transcript(self, utterances: Transcript) -> None:
        """Show what was said in a call that is over."""
        self._show_view()
        self.view.show_transcript(utterances)
        self._show()

    def take(self, heard: Heard) -> None:
        """Show what the recogniser said."""
        event = heard.event
        if isinstance(event, PartialHeard):
            self._show_view()
            self.view.add_partial(event.speaker, event.start, event.text)
        elif isinstance(event, UtteranceHeard):
            self._show_view()
            self._lag = event.lag
            self.view.add_utterance(event.utterance)
        elif isinstance(event, UtteranceSettled):
            self.view.settle_utterance(event.utterance)
        elif isinstance(event, AudioGap):
            self._show_view()
            self.view.add_gap(event)
            self._gap = event if event.reason != ON_HOLD else self._gap
        elif isinstance(event, SpeechDegraded) and event.code in SILENCING:
            self._without = event
        elif isinstance(event, AudioEnded):
            self.view.end_partials()
            self._lag = None
        else:
            return
        self._show()

    def _show_view(self) -> None:
        if self.view.isHidden():
            self.empty.hide()
            self.view.show()

    def _show(self) -> None:
        if self._without is not None:
            self.empty.fail(self._without.message(self._language.code), "warn")
        else:
            self.empty.setText(self._language.say("transcript_empty"))
        parts = [self._language.say("two_channels")] if self.view.isVisibleTo(self) else []
        if self._lag:
            parts.append(self._language.say("lag", seconds=f"{self._lag:.1f}"))
        if self._gap is not None:
            parts.append(self._language.say("gap", seconds=f"{self._gap.end - self._gap.start:.1f}"))
        self.note.setText(DOT.join(parts))

    def _on_following_changed(self, following: bool) -> None:
        self.latest.setVisible(not following)
        self._place_latest()

    def _place_latest(self) -> None:
        size = self.latest.sizeHint()
        self.latest.resize(size)
        self.latest.move((self.width() - size.width()) // 2, self.height() - size.height() - GRID * 3)
        self.latest.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_latest()
