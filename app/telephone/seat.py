"""The seat's telephone: takes what happens on the line and lets the desk follow.

``take`` may be called from any thread and returns at once. What takes time (opening the sound of an
answered call, looking a caller up) is done on threads of its own, so that no adapter waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from app.desk import CallSource, DeviceCall, FileCall, ScriptCall, SilentCall
from app.domain.call import Call, CallState
from app.events import CallChanged, CallerKnown, Degraded, Event, EventBus, LineChanged
from app.telephone.acts import Acts
from app.telephone.events import LineEvent, LineKind
from app.telephone.line import ON_THE_LINE, PAUSES, LineCall, LineShown, Pause, Phase
from app.worker import NewestWorker
from resources.errors import UserError

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from app.telephone.history import CallerHistory

MOST_RINGING, MOST_MISSED, MOST_PAST = 8, 50, 500
END_WITHIN_S = 10.0
"""An answered call waits so long for the end of the one before it."""
log = logging.getLogger(__name__)


class Calls(Protocol):
    """What the telephone asks of the desk."""

    bus: EventBus

    def start_call(self, source: CallSource) -> Call:
        """Begin a call."""

    def hang_up(self) -> None:
        """End the running call's audio."""

    def hold(self, held: bool) -> None:
        """Hear nothing while the caller is on hold."""


class SeatTelephone:
    """The line of one seat: one call that is worked on, and those that ring."""

    def __init__(
        self,
        desk: Calls,
        look_up: Callable[[str, datetime], CallerHistory],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk, self._look_up, self._now = desk, look_up, now
        self._lock = threading.RLock()
        self._shown = LineShown()
        self._beginning = ""
        self._looked_up = ""
        self._history: CallerHistory | None = None
        self.pace: float | None = 1.0
        """Of recordings that stand for the line: seconds of sound a second; ``None`` = at once."""
        self._past: OrderedDict[str, Phase] = OrderedDict()
        self._over = threading.Event()
        self._over.set()
        self._acts: ThreadPoolExecutor | None = None
        self._looks: NewestWorker[LineCall] | None = None
        self._closed = False
        self.acts = Acts()
        """What the operator did, for a softphone to follow; what came from it is not told back."""
        self._leave = desk.bus.subscribe(self._on_event)

    @property
    def shown(self) -> LineShown:
        """Where everything stands now."""
        return self._shown

    @property
    def history(self) -> CallerHistory | None:
        """What is known of the caller that is shown, once it was looked up."""
        return self._history

    def take(self, event: LineEvent) -> Phase:
        """Something happened on the line; the phase its call is in now.

        A repetition changes nothing. Raises ``UserError("LINE_UNKNOWN")`` for a call that never rang.
        """
        with self._lock:
            call = self._find(event.call_id)
            if call is None and event.call_id in self._past:
                return self._past[event.call_id]  # told once more, or late
            if call is None:
                if event.kind not in (LineKind.RING, LineKind.ANSWERED):
                    raise UserError("LINE_UNKNOWN", id=event.call_id)
                call = LineCall(
                    event.call_id, event.number, Phase.RINGING, self._now(), sound=event.sound
                )
                self._ring(call)
            after = call.after(event, self._now())
            if after is not call:
                self._move(call, after)
            phase = after.phase
        self._tell()
        return phase

    # -- what the operator does with the keys ------------------------------------------------------

    def answer(self) -> None:
        """Take the call that rings longest."""
        if self._shown.ringing:
            self._do(LineEvent(LineKind.ANSWERED, self._shown.ringing[0].id))

    def hold(self) -> None:
        """Let the caller wait, or go on with the call."""
        call = self._shown.call
        if call is not None and call.phase in ON_THE_LINE:
            kind = LineKind.RESUMED if call.phase is Phase.HELD else LineKind.HELD
            self._do(LineEvent(kind, call.id))

    def transfer(self, to: str) -> None:
        """The call goes on elsewhere; its ticket is written to the end here."""
        call = self._shown.call
        if call is not None and call.phase in ON_THE_LINE:
            self._do(LineEvent(LineKind.TRANSFERRED, call.id, to=to))

    def _do(self, event: LineEvent) -> None:
        self.acts.note(event.kind.value, event.call_id, event.to)
        self.take(event)

    def make_ready(self) -> None:
        """The call is left; the seat waits for the next one."""
        with self._lock:
            call = self._shown.call
            if call is None or call.phase in ON_THE_LINE:
                return
            self._finish(call if call.phase is Phase.DONE else call.moved(Phase.DONE, self._now()))
            if planned := self._shown.planned:
                self._shown = replace(self._shown, planned="")
                self._begin_pause(planned)
            else:
                self.acts.note("ready")
        self._tell()

    def pause(self, reason: str) -> None:
        """Begin a break; during a call plan it for when the call is left, or plan it no longer.

        Raises ``ValueError`` for an unknown reason.
        """
        if reason not in PAUSES:
            raise ValueError(reason)
        with self._lock:
            shown = self._shown
            if shown.call is not None:
                planned = "" if shown.planned == reason else reason
                self._shown = replace(shown, planned=planned)
            elif shown.pause is None:
                self._begin_pause(reason)
        self._tell()

    def end_pause(self) -> None:
        """The break is over."""
        with self._lock:
            self._end_pause()
            self.acts.note("ready")
        self._tell()

    def forget_missed(self) -> tuple[LineCall, ...]:
        """The missed calls were seen; which these were."""
        with self._lock:
            seen = self._shown.missed
            self._shown = replace(self._shown, missed=())
        self._tell()
        return seen

    def remember_missed(self, calls: tuple[LineCall, ...]) -> None:
        """They were not seen after all."""
        with self._lock:
            self._shown = replace(self._shown, missed=(*self._shown.missed, *calls)[:MOST_MISSED])
        self._tell()

    def log(self, call: LineCall) -> None:
        """A call is over; who keeps a log does so here. Returns at once."""

    def close(self) -> None:
        """Take nothing more and end the threads; bounded."""
        with self._lock:
            self._closed = True
            self._over.set()
            self.acts.close()
            acts, looks = self._acts, self._looks
        self._leave()
        if acts is not None:
            acts.shutdown(wait=True, cancel_futures=True)
        if looks is not None:
            looks.close()

    # -- inside ------------------------------------------------------------------------------------

    def _find(self, name: str) -> LineCall | None:
        shown = self._shown
        known = (*((shown.call,) if shown.call else ()), *shown.ringing, *shown.missed)
        return next((call for call in known if call.id == name), None)

    def _ring(self, call: LineCall) -> None:
        ringing = (*self._shown.ringing, call)
        self._shown = replace(self._shown, ringing=ringing)
        if len(ringing) > MOST_RINGING:  # nobody answered the first of them for so long
            self._move(ringing[0], ringing[0].moved(Phase.MISSED, self._now()))

    def _move(self, before: LineCall, after: LineCall) -> None:
        shown = self._shown
        if before.phase is not Phase.RINGING:
            self._shown = replace(shown, call=after)
            if after.phase is Phase.WRAPPING:
                self._act(self._desk.hang_up)
            else:
                self._act(lambda: self._desk.hold(after.phase is Phase.HELD))
            return
        ringing = tuple(call for call in shown.ringing if call.id != before.id)
        self._shown = shown = replace(shown, ringing=ringing)
        if after.phase is Phase.MISSED:
            missed = (after, *shown.missed)[:MOST_MISSED]
            self._shown = replace(shown, missed=missed, shift=shown.shift.plus(after))
            self._remember(after)
        elif shown.call is not None and shown.call.phase is Phase.HELD:
            self._remember(after)  # somebody is asked while the caller waits: the ticket stays theirs
        else:
            self._end_pause()
            if shown.call is not None:
                self._finish(shown.call.moved(Phase.DONE, self._now()))
            self._shown = replace(self._shown, call=after)
            self._act(lambda: self._begin(after))

    def _remember(self, call: LineCall) -> None:
        self._past[call.id] = call.phase
        self.log(call)
        if len(self._past) > MOST_PAST:
            self._past.popitem(last=False)

    def _finish(self, call: LineCall) -> None:
        self._remember(call)
        self._shown = replace(self._shown, call=None, shift=self._shown.shift.plus(call))

    def _begin_pause(self, reason: str) -> None:
        self._shown = replace(self._shown, pause=Pause(reason, self._now()))
        self.acts.note("paused", to=reason)

    def _end_pause(self) -> None:
        pause = self._shown.pause
        if pause is not None:
            shift = self._shown.shift.plus_pause(pause, self._now())
            self._shown = replace(self._shown, pause=None, shift=shift)

    def _act(self, work: Callable[[], None]) -> None:
        if self._closed:
            return
        if self._acts is None:
            from concurrent.futures import ThreadPoolExecutor

            self._acts = ThreadPoolExecutor(1, thread_name_prefix="telephone")
        self._acts.submit(work).add_done_callback(_report)

    def _begin(self, line: LineCall) -> None:
        """Open the sound of an answered call, after the end of the one before."""
        if not self._over.is_set():
            self._desk.hang_up()
            self._over.wait(END_WITHIN_S)
        call = self._shown.call
        if self._closed or call is None or call.id != line.id:
            return
        self._beginning = line.id
        try:
            if call.phase in ON_THE_LINE:
                self._start(line)
            else:  # over before its sound was opened: there is still a ticket to write
                self._desk.start_call(SilentCall(line.number))
                self._desk.hang_up()
        except UserError as error:
            self._desk.bus.publish(Degraded("telephone", error.code, _detail(error)))
        finally:
            self._beginning = ""

    def _start(self, line: LineCall) -> None:
        try:
            self._desk.start_call(_source_of(line, self.pace))
            self._desk.bus.publish(Degraded("microphone", ""))
        except UserError as error:
            self._desk.bus.publish(Degraded("microphone", error.code, _detail(error)))
            self._desk.start_call(SilentCall(line.number))

    def _on_event(self, event: Event) -> None:
        """Follow every call of the desk, also those that did not come over the line."""
        if not isinstance(event, CallChanged):
            return
        with self._lock:
            now, call = self._now(), self._shown.call
            if event.state is CallState.TALKING:
                self._over.clear()
            else:
                self._over.set()
            late = call is not None and call.phase in ON_THE_LINE and call.call_id != event.call.id
            if late and event.state is not CallState.TALKING:
                return  # the end of the call before this one
            if call is not None and call.id == self._beginning and not call.call_id:
                call = replace(call, call_id=event.call.id)
            elif call is None or call.call_id != event.call.id:
                self._end_pause()
                if call is not None:
                    self._finish(call.moved(Phase.DONE, now))
                line = event.call.caller_line
                since = min(now, event.call.started_at) if event.state is CallState.TALKING else now
                call = LineCall(event.call.id, line, Phase.TALKING, since, call_id=event.call.id)
            if event.state is CallState.WRAPPING and call.phase in (*ON_THE_LINE, Phase.DONE):
                if call.phase is not Phase.DONE and call.id != call.call_id:
                    self.acts.note(LineKind.ENDED.value, call.id)  # hung up here, not by the line
                call = call.moved(Phase.WRAPPING, now)
            elif event.state is CallState.SUBMITTED:
                call = call.moved(Phase.DONE, now)
            self._shown = replace(self._shown, call=call)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            shown = self._shown
            on_screen = shown.call or next(iter(shown.ringing), None)
            name = on_screen.id if on_screen is not None and on_screen.number else ""
            new = name != self._looked_up
            if new:
                self._looked_up, self._history = name, None
                if name and not self._closed:
                    if self._looks is None:
                        self._looks = NewestWorker("caller-history", self._look)
                    assert on_screen is not None
                    self._looks.offer(on_screen)
        self._desk.bus.publish(LineChanged(shown))

    def _look(self, line: LineCall) -> None:
        try:
            history = self._look_up(line.number or "", began(line))
        except UserError as error:  # the call matters more than what was before it
            log.warning("%s", error)
            return
        with self._lock:
            if line.id != self._looked_up:
                return
            self._history = history
        self._desk.bus.publish(CallerKnown(line.id, history))


def began(line: LineCall) -> datetime:
    """When a call came to the seat."""
    return line.since - timedelta(seconds=sum(line.spent.values()))


def _detail(error: UserError) -> str:
    return str(next(iter(error.values.values()), ""))


def _source_of(line: LineCall, pace: float | None) -> CallSource:
    if line.sound is None:
        return DeviceCall(line.number)
    if line.sound.suffix.lower() == ".json":
        return ScriptCall(line.sound, pace, line.number)
    return FileCall(line.sound, pace, line.number)


def _report(done: Future[None]) -> None:
    """What fails on the telephone's thread is a bug and must not vanish with it."""
    error = None if done.cancelled() else done.exception()
    if error is not None:
        of = (type(error), error, error.__traceback__, threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(of))
