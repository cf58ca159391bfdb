"""The one way from the core's threads to the GUI thread."""

from __future__ import annotations

import threading
from collections import deque

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.events import (
    AccountsChanged,
    AlikeFound,
    AudioLevel,
    AudioSafe,
    CallChanged,
    CallerKnown,
    CallLogChanged,
    CentreChanged,
    Degraded,
    DraftChanged,
    Event,
    EventBus,
    Heard,
    LineChanged,
    OutboxChanged,
    PartialHeard,
    ReferenceArrived,
    Suggested,
    TicketAcknowledged,
    TicketSubmitted,
    UtteranceHeard,
)

FRAME_MS = 50
"""Partial text, levels and the safe mark are passed on at most this often (20 Hz)."""
Newest = tuple[type, object]


class EventBridge(QObject):
    """Subscribes to the bus once and emits each event as a signal in the GUI thread.

    Events keep their order. Of partial texts, levels and safe marks only the newest of each
    speaker is passed on; a finished utterance discards its speaker's pending partial text.
    """

    call_changed = Signal(object)
    heard = Signal(object)
    draft_changed = Signal(object)
    suggested = Signal(object)
    alike_found = Signal(object)
    ticket_submitted = Signal(object)
    ticket_acknowledged = Signal(object)
    outbox_changed = Signal(object)
    centre_changed = Signal(object)
    degraded = Signal(object)
    reference_arrived = Signal(object)
    accounts_changed = Signal(object)
    line_changed = Signal(object)
    caller_known = Signal(object)
    call_log_changed = Signal(object)
    _woken = Signal()

    def __init__(self, bus: EventBus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._newest: dict[Newest, Heard] = {}
        self._awake = False
        self._signals = {
            CallChanged: self.call_changed,
            Heard: self.heard,
            DraftChanged: self.draft_changed,
            Suggested: self.suggested,
            AlikeFound: self.alike_found,
            TicketSubmitted: self.ticket_submitted,
            TicketAcknowledged: self.ticket_acknowledged,
            OutboxChanged: self.outbox_changed,
            CentreChanged: self.centre_changed,
            Degraded: self.degraded,
            ReferenceArrived: self.reference_arrived,
            AccountsChanged: self.accounts_changed,
            LineChanged: self.line_changed,
            CallerKnown: self.caller_known,
            CallLogChanged: self.call_log_changed,
        }
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._on_frame)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = bus.subscribe(self._take)

    def close(self) -> None:
        """Stop listening; nothing is emitted after this."""
        self._unsubscribe()
        self._frame.stop()
        with self._lock:
            self._events.clear()
            self._newest.clear()

    def _take(self, event: Event) -> None:
        """Any thread."""
        with self._lock:
            if isinstance(event, Heard) and isinstance(event.event, PartialHeard | AudioLevel):
                self._newest[type(event.event), event.event.speaker] = event
            elif isinstance(event, Heard) and isinstance(event.event, AudioSafe):
                self._newest[AudioSafe, None] = event
            else:
                if isinstance(event, LineChanged):  # it says all of the line: older ones say less
                    self._events = deque(e for e in self._events if not isinstance(e, LineChanged))
                if isinstance(event, Heard) and isinstance(event.event, UtteranceHeard):
                    self._newest.pop((PartialHeard, event.event.utterance.speaker), None)
                self._events.append(event)
            wake, self._awake = not self._awake, True
        if wake:
            self._woken.emit()

    @Slot()
    def _on_woken(self) -> None:
        with self._lock:
            events, self._events = self._events, deque()
            self._awake = False
            waiting = bool(self._newest)
        for event in events:
            self._signals[type(event)].emit(event)
        if waiting and not self._frame.isActive():
            self._frame.start()

    @Slot()
    def _on_frame(self) -> None:
        with self._lock:
            newest, self._newest = list(self._newest.values()), {}
        for event in newest:
            self.heard.emit(event)
