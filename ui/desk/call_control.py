"""The call at this seat as the window sees it: which state, whose call, how far."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from app.desk import CallSource, Desk
from app.domain.call import Call, CallState
from app.events import AudioEnded, AudioSafe, CallChanged, Heard, UtteranceHeard
from resources.errors import UserError
from ui.background import Background
from ui.bridge import EventBridge

TICK_MS = 500


class CallControl(QObject):
    """Starts, ends and follows calls. ``changed`` on every state, ``ticked`` twice a second."""

    changed = Signal()
    ticked = Signal()
    begun = Signal()
    failed = Signal(object)

    def __init__(
        self, desk: Desk, bridge: EventBridge, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._background = background
        self.call: Call | None = None
        self.state = CallState.READY
        self.starting = False
        self.audio_safe: float | None = None
        self._reached = 0.0
        self._reached_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.ticked)
        bridge.call_changed.connect(self._on_call_changed)
        bridge.heard.connect(self._on_heard)

    @property
    def may_start(self) -> bool:
        """Whether a call may begin now."""
        return not self.starting and self.state is not CallState.TALKING

    @property
    def seconds(self) -> float:
        """How long the call has been going on."""
        if self.state is CallState.TALKING:
            return self._reached + time.monotonic() - self._reached_at
        return self._reached

    def start(self, source: CallSource) -> None:
        """Begin a call; the outcome comes as ``begun`` or ``failed``."""
        if self.may_start:
            self.starting = True
            self.changed.emit()
            self._background.run(
                lambda: self._desk.start_call(source),
                self._on_started,
                self._on_start_failed,
                kind="start",
            )

    def hang_up(self) -> None:
        """End the running call."""
        if self.state is CallState.TALKING:
            self._desk.hang_up()

    def make_ready(self) -> None:
        """Leave the finished call: the seat waits for the next."""
        if self.state is not CallState.TALKING:
            self.call, self.state, self.audio_safe = None, CallState.READY, None
            self._reach(0.0)
            self.changed.emit()

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()

    def _reach(self, seconds: float) -> None:
        self._reached, self._reached_at = seconds, time.monotonic()

    def _on_started(self, call: Call) -> None:
        self._enter(call, self.state)
        self.starting = False
        self.changed.emit()

    def _on_start_failed(self, error: UserError | None) -> None:
        self.starting = False
        self.changed.emit()
        if error is not None:
            self.failed.emit(error)

    def _on_call_changed(self, event: CallChanged) -> None:
        self._enter(event.call, event.state)
        self.state = event.state
        if event.state is CallState.TALKING:
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()

    def _enter(self, call: Call, state: CallState) -> None:
        if self.call is None or self.call.id != call.id:
            self.call, self.audio_safe = call, None
            self.state = state if state is not CallState.READY else CallState.TALKING
            self._reach(0.0)
            self.begun.emit()

    def _on_heard(self, heard: Heard) -> None:
        if self.call is None or heard.call_id != self.call.id:
            return
        event = heard.event
        if isinstance(event, AudioSafe):
            self.audio_safe = event.seconds
            self._reach(max(event.seconds, self._reached))
        elif isinstance(event, UtteranceHeard):
            self._reach(max(event.utterance.end, self._reached))
        elif isinstance(event, AudioEnded):
            self._reach(event.seconds)
        else:
            return
        self.ticked.emit()
