"""The call under review: waveforms, talk and player on one line of time, and remarks at moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.domain.call import Speaker, Utterance
from app.review.desk import OpenReview, ReviewDesk
from app.review.moments import SPEEDS, word_start
from app.review.records import Review
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.composition import Line
from ui.look.controls import EmptyNote, KeyButton, Panel
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.style import GRID
from ui.look.wording import clock
from ui.review.mark_words import marks_of
from ui.review.marks import MarkLegend
from ui.review.talk_view import TalkView
from ui.review.wave import WaveView

if TYPE_CHECKING:
    from app.review.playback import CallPlayer

TICK_MS = 40


class _Told(QObject):
    """Carries what the player and the painter of waveforms tell into the GUI thread."""

    peaks = Signal(object, object, float, object)
    moved = Signal(float)
    ended = Signal()


class CallPanel(Panel):
    """``remarked`` carries a second and words; ``picked`` an utterance that was clicked."""

    remarked = Signal(float, str)
    picked = Signal(object)

    def __init__(
        self, desk: ReviewDesk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self._desk, self._background, self._language = desk, background, language
        self._opened: OpenReview | None = None
        self._timed: dict[str, Utterance] = {}
        self._player: CallPlayer | None = None
        self._playing = False
        self._told = _Told(self)
        self._since = 0.0
        self.wave, self.talk = WaveView(language, appearance), TalkView(language, appearance)
        self.legend = MarkLegend(language, appearance)
        self.play = KeyButton("Ctrl+P")
        self.speed, self.skip = QComboBox(), QCheckBox()
        self.time, self.remark = QLabel("00:00"), Line()
        self.time.setObjectName("clock")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._lay_out()
        self._connect()
        self.show_opened(None)

    def show_opened(self, opened: OpenReview | None) -> None:
        """Lay a call open; its waveforms follow."""
        self.stop()
        self._opened, self._timed = opened, {}
        self._player = self._desk.player(opened) if opened is not None else None
        seconds = 0.0
        if opened is not None:
            seconds = max((said.end for said in opened.transcript), default=0.0)
            if opened.audio is not None:
                seconds = max(seconds, opened.audio.seconds)
            self.talk.show_talk(opened.transcript)
        else:
            self.talk.show_talk(())
        self.wave.clear(seconds)
        self.legend.show_kinds(())
        for widget in (self.play, self.speed, self.skip):
            widget.setEnabled(self._player is not None)
        self.remark.setEnabled(opened is not None)
        self._body.setVisible(opened is not None)
        self.empty.setVisible(opened is None)
        self._show_note()
        if opened is not None and opened.audio is not None:
            told = self._told.peaks
            self._background.run(
                lambda: self._desk.peaks(
                    opened,
                    lambda speaker, start, peaks: told.emit(opened, speaker, start, peaks.tolist()),
                    lambda: self._opened is opened,
                ),
                kind="review-peaks",
            )

    def show_marks(self, review: Review) -> None:
        """Proofs, broken rules, remarks and what the operator did, on the line of time."""
        ticket = self._opened.row.ticket if self._opened is not None else None
        marks = marks_of(review, ticket.trail if ticket is not None else (), self._language)
        self.wave.show_marks(marks)
        self.legend.show_kinds({mark.kind for mark in marks})

    def hear(self, second: float) -> None:
        """Play from a second; without sound only show it."""
        self._go(second)
        if self._player is not None:
            self._player.speed = float(self.speed.currentData())
            self._player.play_from(second, self._told.moved.emit, self._told.ended.emit)
            self._playing = True
            self._timer.start()
            self._show_play()

    def stop(self) -> None:
        """Fall silent."""
        if self._player is not None:
            self._player.stop()
        self._playing = False
        self._timer.stop()
        self._show_play()

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID)
        bar.setSpacing(GRID * 3)
        bar.addWidget(self.play)
        bar.addWidget(self.speed)
        bar.addWidget(self.skip)
        bar.addStretch(1)
        bar.addWidget(self.time)
        waves = QVBoxLayout()
        waves.setContentsMargins(GRID * 4, 0, GRID * 4, GRID * 2)
        waves.addWidget(self.wave)
        waves.addWidget(self.legend)
        foot = QVBoxLayout()
        foot.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 3)
        foot.addWidget(self.remark)
        self._body, self.empty = QWidget(), EmptyNote()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(waves)
        column.addWidget(self.talk, 1)
        column.addLayout(foot)
        self.content.addWidget(self._body, 1)
        self.content.addWidget(self.empty, 1)

    def _connect(self) -> None:
        bind = self._language.bind
        bind(self, self.set_title, "review.call")
        bind(self.empty, self.empty.setText, "review.call_empty")
        bind(self.skip, self.skip.setText, "review.skip_silence")
        bind(self.speed, self.speed.setAccessibleName, "review.speed")
        bind(self.remark, self.remark.setPlaceholderText, "review.remark_hint")
        bind(self.remark, self.remark.setAccessibleName, "review.remark_hint")
        self.skip.setChecked(True)
        self.play.clicked.connect(self._on_play)
        self.wave.chosen.connect(self.hear)
        self.talk.word_clicked.connect(self._on_word)
        self.speed.currentIndexChanged.connect(lambda _: self._again())
        self.skip.toggled.connect(lambda _: self._again())
        self.remark.returnPressed.connect(self._on_remark)
        self._told.peaks.connect(self._on_peaks, Qt.ConnectionType.QueuedConnection)
        self._told.moved.connect(self._on_moved, Qt.ConnectionType.QueuedConnection)
        self._told.ended.connect(self.stop, Qt.ConnectionType.QueuedConnection)
        self._language.changed.connect(self._show_play)
        self._language.changed.connect(self._show_note)
        remark = NamedKey("Ctrl+J", "review.remark_hint", self, self.remark.setFocus)
        remark.told_at(self.remark, self._language)

    # -- playing ---------------------------------------------------------------------------------

    def _show_play(self) -> None:
        self.play.set_label(self._language.say("review.pause" if self._playing else "review.play"))

    def _show_note(self) -> None:
        silent = self._opened is not None and self._player is None
        words = self._language.say("review.no_sound" if silent else "review.click_a_word")
        self.note.setText(words if self._opened is not None else "")

    def _go(self, second: float) -> None:
        self._since = 0.0
        self.wave.choose(second)
        self.talk.mark_second(second)
        self.time.setText(clock(second))

    def _again(self) -> None:
        """A changed speed or skipping holds at once."""
        if self._player is not None and self._opened is not None:
            skipping = self.skip.isChecked()
            self._player.skip = self._desk.silences(self._opened) if skipping else ()
        if self._playing:
            self.hear(self.wave.second)

    def _on_play(self) -> None:
        if self._playing:
            self.stop()
        else:
            self.hear(self.wave.second)

    def _on_moved(self, second: float) -> None:
        if self._playing:
            self._go(second)

    def _on_tick(self) -> None:
        """Between the player's words the line moves with the clock."""
        step = TICK_MS / 1000 * float(self.speed.currentData())
        self._since += step
        self.wave.choose(self.wave.second + step)
        self.time.setText(clock(self.wave.second))
        if self._since >= 1.0:
            self._since = 0.0
            self.talk.mark_second(self.wave.second)

    def _on_peaks(
        self, opened: OpenReview, speaker: Speaker, start: float, peaks: Sequence[float]
    ) -> None:
        if opened is self._opened:
            self.wave.add_peaks(speaker, start, peaks)

    def _on_word(self, said: Utterance, offset: int) -> None:
        """Play from the word; its time is looked for in the sound once for each utterance."""
        self.picked.emit(said)
        opened = self._opened
        if opened is None:
            return

        def found(timed: Utterance) -> None:
            self._timed[said.id] = timed
            if opened is self._opened:
                self.hear(word_start(timed, offset))

        known = self._timed.get(said.id)
        if known is not None or self._player is None:
            self.hear(word_start(known or said, offset))
        else:
            self._background.run(lambda: self._desk.timed(opened, said), found, kind="review-word")

    def _on_remark(self) -> None:
        if words := self.remark.text().strip():
            self.remark.clear()
            self.remarked.emit(self.wave.second, words)
