"""The end: a sentence is said and becomes text; without a sound input one of the sample call."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.desk import Desk
from app.domain.call import Speaker
from app.events import (
    AudioEnded,
    AudioLevel,
    PartialHeard,
    SpeechDegraded,
    SpeechEvent,
    UtteranceHeard,
)
from resources.errors import UserError
from ui.background import Background
from ui.first_day.listening import LevelBar, Listening
from ui.first_day.step import State, Step
from ui.look.controls import KeyButton
from ui.look.language import Language
from ui.look.style import GRID

QUIET_MS = 2_000
"""So long after the last words the trial ends by itself."""
LONGEST_MS = 30_000
ONE_SIDE = "AUDIO_ONE_SIDE"


class TrialStep(Step):
    """``has_device`` = there is an input to speak into."""

    name = "trial"

    def __init__(self, desk: Desk, background: Background, language: Language) -> None:
        super().__init__(language)
        self._desk, self._background = desk, background
        self.has_device = False
        self._parts: list[str] = []
        self._partial = ""
        self._phase = "waits"
        self._problem: SpeechDegraded | UserError | None = None
        self.listening = Listening(desk.first_day, background, self)
        self.sentence, self.heard, self.state = QLabel(), QLabel(), State()
        self.bar = LevelBar()
        self.speak, self.sample = KeyButton("F6", "main"), KeyButton("F7")
        self._quiet, self._longest = QTimer(self), QTimer(self)
        self._lay_out()
        for timer, after in ((self._quiet, QUIET_MS), (self._longest, LONGEST_MS)):
            timer.setSingleShot(True)
            timer.setInterval(after)
            timer.timeout.connect(self._end)
        self.speak.clicked.connect(self._on_speak)
        self.sample.clicked.connect(lambda: self._start(sample=True))
        self.listening.heard.connect(self._on_heard)
        self.listening.failed.connect(self._on_failed)
        language.changed.connect(self._show)
        self._show()

    @property
    def text(self) -> str:
        """What was heard, finished sentences only."""
        return "".join(self._parts)

    @property
    def ended(self) -> bool:
        """Whether a sentence was heard and nothing listens any more."""
        return self._phase == "done"

    @property
    def first(self) -> QWidget:
        """What begins the trial."""
        return self.speak if self.has_device else self.sample

    def enter(self) -> None:
        """Look whether there is an input to speak into."""
        self._background.run(self._desk.input_devices, self._on_found, lambda _: self._on_found(()))

    def leave(self) -> None:
        """End the trial."""
        self._end()

    def _lay_out(self) -> None:
        card = QFrame()
        card.setObjectName("banner")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(GRID * 5, GRID * 4, GRID * 5, GRID * 4)
        inner.setSpacing(GRID * 2)
        label = QLabel()
        label.setObjectName("bannerTitle")
        self.sentence.setObjectName("head")
        for one in (self.sentence, self.heard):
            one.setWordWrap(True)
        inner.addWidget(label)
        inner.addWidget(self.sentence)
        self.column.addWidget(card)
        self.column.addWidget(self.bar)
        caption = QLabel()
        caption.setObjectName("fieldLabel")
        self.heard.setObjectName("head")
        self.heard.setMinimumHeight(GRID * 14)
        self.column.addSpacing(GRID * 2)
        self.column.addWidget(caption)
        self.column.addWidget(self.heard)
        self.column.addWidget(self.state)
        self.add_buttons(self.speak, self.sample)
        self.column.addStretch(1)
        bind = self._language.bind
        bind(label, label.setText, "firstday.please_say")
        bind(self.sentence, self.sentence.setText, "firstday.sentence")
        bind(caption, caption.setText, "firstday.heard")
        bind(self.bar, self.bar.setAccessibleName, "firstday.level_operator")
        bind(self.sample, self.sample.set_label, "firstday.try_sample")

    # -- the trial ---------------------------------------------------------------------------------

    def _on_found(self, devices: tuple[str, ...]) -> None:
        had_focus = self.speak.hasFocus() or self.sample.hasFocus()
        self.has_device = bool(devices)
        self._show()
        if had_focus:
            self.first.setFocus()

    def _on_speak(self) -> None:
        if self._phase in ("loads", "listens"):
            self._end()
        else:
            self._start(sample=False)

    def _start(self, *, sample: bool) -> None:
        self._parts, self._partial, self._problem = [], "", None
        self._phase = "loads"
        self._longest.start()
        self.listening.start(partial(self._desk.first_day.try_out, sample=sample))
        self._show()
        self.speak.setFocus()

    def _end(self) -> None:
        self._quiet.stop()
        self._longest.stop()
        self.listening.stop()
        self.bar.quiet()
        if self._phase in ("loads", "listens"):
            if self._parts:
                self.finished.emit()
            self._phase = "done" if self._parts else "nothing" if self._phase == "listens" else "waits"
        self._show()

    def _on_heard(self, event: SpeechEvent) -> None:
        if isinstance(event, AudioLevel):
            if event.speaker is Speaker.OPERATOR:
                self.bar.show_level(event)
            if self._phase == "loads":
                self._phase = "listens"
                self._show()
            return
        if isinstance(event, PartialHeard):
            self._partial = event.text
            self._quiet.stop()
        elif isinstance(event, UtteranceHeard):
            self._parts.append(event.utterance.text)
            self._partial = ""
            self._quiet.start()
        elif isinstance(event, AudioEnded):
            self._end()
        elif isinstance(event, SpeechDegraded) and event.code != ONE_SIDE:
            self._problem = event
        else:
            return
        self._show()

    def _on_failed(self, error: UserError | None) -> None:
        self._phase, self._problem = "waits", error
        self._end()

    def _show(self) -> None:
        going = self._phase in ("loads", "listens")
        self.speak.set_label(self.say("stop" if going else "try_again" if self._parts else "try_speak"))
        self.speak.setEnabled(self.has_device or going)
        self.speak.set_kind("main" if self.has_device or going else "plain")
        self.sample.set_kind("plain" if self.has_device or going else "main")
        self.sample.setEnabled(not going)
        self.heard.setText(self.text + self._partial or "…")
        if self._problem is not None and not self._parts:
            words = (
                self._problem.message(self._language.code)
                if isinstance(self._problem, SpeechDegraded)
                else self._language.error(self._problem)
            )
            self.state.show_state("bad", words)
        elif self._phase == "waits" and not self.has_device:
            self.state.show_state("warn", self.say("trial_no_device"))
        else:
            kind = {"done": "ok", "nothing": "warn"}.get(self._phase, "")
            self.state.show_state(kind, self.say(f"trial_{self._phase}"))
