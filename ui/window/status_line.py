"""The bottom line: what is safe, what waits, and how the machine is, in words."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.domain.ticket import TicketContent
from app.events import (
    CentreChanged,
    Degraded,
    DraftChanged,
    Heard,
    MachinePace,
    OutboxChanged,
    SpeechDegraded,
    SpeechRestored,
    TicketSubmitted,
    UtteranceHeard,
)
from ui.bridge import EventBridge
from ui.desk.call_control import CallControl
from ui.look.controls import KeyButton, SpareLabel, tone
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID
from ui.look.wording import DOT, clock, moment

SCRIPT = "script"
"""The engine name of a replayed text."""


class StatusLine(QFrame):
    """The plug-pull guarantee, always true: it only says what the core has confirmed."""

    ROLE = QAccessible.Role.StatusBar

    def __init__(
        self,
        language: Language,
        bridge: EventBridge,
        control: CallControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        grow(self, setFixedHeight=GRID * 9)
        self._language = language
        self._control = control
        self._saved_at: datetime | None = None
        self._submitted_at: datetime | None = None
        self._unsaved = False
        self._waiting = self._refused = 0
        self._centre: CentreChanged | None = None
        self._engine = ""
        self._model = ""
        self._pace: MachinePace | None = None
        self._degraded: dict[str, tuple[str, str]] = {}
        self.audio, self.draft, self.outbox, self.centre, self.parts, self.operator = (
            QLabel() for _ in range(6)
        )
        self.engine = SpareLabel()  # the first to give way where there is little room
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 4, 0, GRID * 4, 0)
        row.setSpacing(GRID * 5)
        for label in (self.audio, self.draft, self.outbox, self.centre):
            label.setObjectName("status")
            row.addWidget(label)
        row.addStretch(1)
        for label in (self.parts, self.engine, self.operator):
            label.setObjectName("status")
            row.addWidget(label)
        self.help = KeyButton("F1", "quiet")
        row.addWidget(self.help)
        language.bind(self.help, self.help.set_label, "help.title")
        bridge.heard.connect(self._on_heard)
        bridge.draft_changed.connect(self._on_draft_changed)
        bridge.ticket_submitted.connect(self._on_ticket_submitted)
        bridge.outbox_changed.connect(self._on_outbox_changed)
        bridge.centre_changed.connect(self._on_centre_changed)
        bridge.degraded.connect(self._on_degraded)
        control.changed.connect(self._show)
        control.ticked.connect(self._show_audio)
        control.begun.connect(self._on_begun)
        language.changed.connect(self._show)
        language.bind(self, self.setAccessibleName, "status")
        self.show_operator("")
        self._show()

    def show_outbox(self, waiting: int, refused: int) -> None:
        """How many operations wait for the centre, and how many it refused."""
        self._waiting, self._refused = waiting, refused
        self._show()

    def show_operator(self, name: str) -> None:
        """Who works here; empty = nobody has logged in."""
        self.operator.setText(name)
        self.operator.setVisible(bool(name))

    def show_model(self, model: str) -> None:
        """The recognition model of the settings."""
        self._model = model
        self._show()

    def _put(self, label: QLabel, kind: str, words: str) -> None:
        tone(label, tone=kind)
        label.setText(("● " if kind in ("ok", "warn", "bad") and words else "") + words)
        label.setVisible(bool(words))

    def _show(self) -> None:
        say = self._language.say
        self._show_audio()
        if self._control.call is None:
            self._put(self.draft, "", "")
        elif "draft" in self._degraded:
            self._put(self.draft, "bad", say("draft_unsafe"))
        elif self._unsaved:
            self._put(self.draft, "", say("draft_saving"))
        elif self._submitted_at is not None:
            self._put(self.draft, "ok", say("ticket_safe", time=moment(self._submitted_at)))
        elif self._saved_at is not None:
            self._put(self.draft, "ok", say("draft_safe", time=moment(self._saved_at)))
        else:
            self._put(self.draft, "", say("draft_none"))
        words = say("waiting", n=self._waiting)
        if self._refused:
            words += DOT + say("refused", n=self._refused)
        self._put(self.outbox, "warn" if self._refused else "", words)
        self._show_centre()
        self._show_machine()

    def _show_audio(self) -> None:
        safe, call = self._control.audio_safe, self._control.call
        if call is None:
            self._put(self.audio, "ok", self._language.say("all_safe"))
        elif safe is None:
            self._put(self.audio, "", self._language.say("audio_none"))
        else:
            self._put(self.audio, "ok", self._language.say("audio_safe", time=clock(safe)))

    def _show_centre(self) -> None:
        if self._centre is None:
            self._put(self.centre, "", self._language.say("centre_unknown"))
        elif self._centre.online:
            self._put(self.centre, "", self._language.say("centre_online"))
        elif self._centre.code == "NO_CENTRE":
            self._put(self.centre, "", self._language.say("centre_none"))
        else:
            self._put(self.centre, "warn", self._language.say("centre_offline"))
        code = self._centre.code if self._centre else ""
        self.centre.setToolTip(self._language.error_code(code) if code else "")

    def _show_machine(self) -> None:
        say = self._language.say
        names = [self._part(part) for part in self._degraded]
        self._put(self.parts, "warn", say("degraded", parts=say("comma").join(names)) if names else "")
        self.parts.setToolTip(
            "\n".join(self._language.error_code(code, d) for code, d in self._degraded.values())
        )
        engine = self._engine or self._model
        name = say("engine_script") if engine == SCRIPT else engine
        words = say("engine", name=name) if name else ""
        if name and self._pace is not None:
            words += DOT + say("pace", rtf=f"{self._pace.rtf:.1f}")
        memory = self._pace.memory_mb if self._pace else None
        self._put(self.engine, "warn" if self._pace and self._pace.rtf > 1 else "", words)
        self.engine.setToolTip(say("pace_tip", mb=f"{memory:.0f}") if memory else "")

    def _part(self, part: str) -> str:
        known = (
            "speech",
            "microphone",
            "model",
            "analysis",
            "draft",
            "knowledge",
            "sync",
            "store",
            "key",
            "telephone",
        )
        return self._language.say(f"part_{part}") if part in known else part

    def _on_begun(self) -> None:
        self._saved_at = self._submitted_at = None
        self._unsaved, self._engine, self._pace = False, "", None
        self._show()

    def _on_heard(self, heard: Heard) -> None:
        event = heard.event
        if isinstance(event, UtteranceHeard):
            self._engine = event.utterance.engine
            self._show_machine()
        elif isinstance(event, MachinePace):
            self._pace = event
            self._show_machine()
        elif isinstance(event, SpeechRestored):
            self._on_degraded(Degraded("speech", ""))
        elif isinstance(event, SpeechDegraded):
            self._on_degraded(Degraded("speech", event.code, event.detail))

    def _on_draft_changed(self, event: DraftChanged) -> None:
        self._unsaved = event.saved_at is None and event.draft.content != TicketContent()
        self._saved_at, self._submitted_at = event.saved_at or self._saved_at, None
        self._show()

    def _on_ticket_submitted(self, event: TicketSubmitted) -> None:
        self._unsaved, self._submitted_at = False, event.ticket.submitted_at
        self._show()

    def _on_outbox_changed(self, event: OutboxChanged) -> None:
        self.show_outbox(event.waiting, event.refused)

    def _on_centre_changed(self, event: CentreChanged) -> None:
        self._centre = event
        self._show()

    def _on_degraded(self, event: Degraded) -> None:
        if event.code:
            self._degraded[event.part] = (event.code, event.detail)
        else:
            self._degraded.pop(event.part, None)
        self._show()
