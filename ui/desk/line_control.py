"""The telephone line as the window sees it: who rings, how long what has been going on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.telephone.line import ON_THE_LINE, LineCall, LineShown, Phase

if TYPE_CHECKING:
    from app.desk import Desk
    from app.events import CallerKnown, LineChanged
    from app.telephone.history import CallerHistory
    from ui.bridge import EventBridge

TICK_MS = 500


class LineControl(QObject):
    """Follows the line. ``rang`` once for every call that begins to ring."""

    changed = Signal()
    ticked = Signal()
    caller_known = Signal()
    rang = Signal(object)

    def __init__(self, desk: Desk, bridge: EventBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.telephone = desk.telephone
        self.shown: LineShown = desk.telephone.shown
        self.history: CallerHistory | None = None
        self._rung: tuple[str, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.ticked)
        bridge.line_changed.connect(self._on_line_changed)
        bridge.caller_known.connect(self._on_caller_known)

    @property
    def call(self) -> LineCall | None:
        """The call that is worked on, else the one that rings longest."""
        return self.shown.call or next(iter(self.shown.ringing), None)

    @property
    def ringing(self) -> bool:
        """Whether a call rings and nobody is being talked to."""
        return bool(self.shown.ringing) and (self.shown.call is None or self.phase is Phase.DONE)

    @property
    def answerable(self) -> bool:
        """Whether a key answers: somebody rings and nobody is on the line; a ticket in work waits."""
        return bool(self.shown.ringing) and self.phase not in ON_THE_LINE

    @property
    def over(self) -> int | None:
        """The limit in seconds that the present phase has passed; ``None`` = within, or without one."""
        settings, phase = self._desk.settings, self.phase
        limits = {Phase.HELD: settings.hold_reminder_s, Phase.WRAPPING: settings.wrap_target_s}
        limit = limits.get(phase) if phase is not None else None
        if not limit or phase is None or self.shown.call is None:
            return None
        since = (datetime.now(UTC) - self.shown.call.since).total_seconds()
        return limit if since >= limit else None

    @property
    def phase(self) -> Phase | None:
        """Where the call that is worked on stands."""
        return self.shown.call.phase if self.shown.call else None

    def seconds(self, phase: Phase) -> float:
        """How long the shown call has been in a phase."""
        call = self.shown.ringing[0] if phase is Phase.RINGING and self.shown.ringing else self.call
        return call.seconds(phase, datetime.now(UTC)) if call is not None else 0.0

    @property
    def paused(self) -> float:
        """How long the break has lasted."""
        pause = self.shown.pause
        return (datetime.now(UTC) - pause.since).total_seconds() if pause is not None else 0.0

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()

    def _on_line_changed(self, event: LineChanged) -> None:
        before, self.shown = self.call, event.shown
        self._rung, rung = tuple(call.id for call in event.shown.ringing), self._rung
        call = self.call
        if call is None or before is None or call.id != before.id:
            self.history = self.telephone.history
            self.caller_known.emit()
        ticking = call is not None and call.phase is not Phase.DONE
        if ticking or event.shown.pause is not None:
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()
        for ringing in event.shown.ringing:
            if ringing.id not in rung:
                self.rang.emit(ringing)

    def _on_caller_known(self, event: CallerKnown) -> None:
        if self.call is not None and event.line_id == self.call.id:
            self.history = event.history
            self.caller_known.emit()
