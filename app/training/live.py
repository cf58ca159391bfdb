"""A drill with people: real time, typed or spoken words, a trainer who may step in.

Everything runs one after another on the drill's own thread; any thread may ask for it. The desk is
watched through its bus, so whatever the trainee does in the window counts, however it was done.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.call import CallState, Speaker, Utterance
from app.events import (
    CallChanged,
    CentreChanged,
    Degraded,
    DraftChanged,
    Event,
    SpeechEvent,
    TicketSubmitted,
    UtteranceHeard,
)
from app.training.drill import OPERATOR_PACE, Drill, DrillRecord, Mode
from app.training.microphone import microphone_stage
from app.training.practice import PracticeCentre
from app.training.scenario import DrillEvent, EventKind, Scenario
from app.training.scoring import Score, score
from app.training.stage import LiveClock, Stage
from app.workplace import Workplace
from resources.errors import UserError

if TYPE_CHECKING:
    from app.training.recorded import CaseSound

TICK_S = 0.2
PATIENCE_S = 8.0
"""A caller who is not greeted begins after so long."""
JOIN_S = 5.0
OUTAGES = (EventKind.SERVER_DOWN, EventKind.SERVER_UP)
Work = Callable[[], None]


class Style(StrEnum):
    """How a drill is held: with or without help, and what it is worth."""

    PRACTICE = "practice"
    COACH = "coach"
    EXAM = "exam"
    PLAY_ALONG = "play-along"


@dataclass(frozen=True, slots=True)
class Setup:
    """What was chosen before a drill begins. ``retry`` goes on from a second of an earlier one.

    ``sound`` = the case's recording, for a call played along only. With ``microphone`` the recogniser
    hears it; in other drills it hears the trainee.
    """

    scenario: Scenario
    style: Style = Style.PRACTICE
    trainee: str = ""
    microphone: bool = False
    pace: float = 1.0
    seed: int | None = None
    outages: bool = False
    retry: tuple[DrillRecord, float] | None = None
    sound: Path | None = None

    @property
    def mode(self) -> Mode:
        """How the caller behaves."""
        return Mode.PLAY_ALONG if self.style is Style.PLAY_ALONG else Mode.BRANCHING

    @property
    def needs_centre(self) -> bool:
        """Whether a centre of its own has to run, so that it can fail."""
        return self.outages or any(event.kind in OUTAGES for event in self.scenario.events)


class LiveDrill:
    """One drill under way. ``changed`` is called on the drill's thread after whatever happened."""

    def __init__(self, place: Workplace, setup: Setup, changed: Work = lambda: None) -> None:
        """Take the call. Blocks; raises ``UserError`` as ``Drill`` and for an unusable sound input."""
        self.setup = setup
        self.finished = threading.Event()
        self._place, self._changed = place, changed
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._clock = LiveClock(setup.pace, setup.retry[1] if setup.retry else 0.0)
        self._cited: set[str] = set()
        self._lock = threading.Lock()
        self._sound = self._open_sound()
        self._centre = PracticeCentre(place.data_dir) if setup.needs_centre else None
        try:
            if self._centre is not None:
                self._centre.serve(place)
            self._unsubscribe = place.bus.subscribe(self._watch)
            self._drill = Drill(
                place, setup.scenario, setup.mode, self._clock, self._open_stage, self._line()
            )
        except BaseException:
            if self._centre is not None:
                self._centre.close()
            raise
        self._thread = threading.Thread(target=self._run, name="drill", daemon=True)
        self._thread.start()

    # -- asked from any thread -------------------------------------------------------------------

    @property
    def second(self) -> float:
        """How far the drill has come."""
        return self._clock.now()

    @property
    def told(self) -> frozenset[str]:
        """Facts of the case that are out."""
        return self._drill.told

    def record(self) -> DrillRecord:
        """Everything so far, as a copy."""
        with self._lock:
            kept = self._drill.record
            return replace(
                kept,
                said=list(kept.said),
                filled=list(kept.filled),
                done=list(kept.done),
                tickets=list(kept.tickets),
            )

    def score(self) -> Score:
        """The score so far; what stands in the draft counts as if it were submitted."""
        record = self.record()
        if not record.tickets:
            record.tickets = [draft.content for draft in self._place.drafts()]
        return score(record)

    def say(self, words: str) -> None:
        """The trainee's words, typed where nobody listens."""
        if words.strip():
            self._post(lambda: self._typed(words.strip()))

    def release(self, fact: str) -> None:
        """The trainer lets the caller say a fact."""
        self._post(lambda: self._drill.release(fact))

    def inject(self, event: DrillEvent) -> None:
        """Something happens now."""
        self._post(lambda: self._drill.inject(event))

    def note(self, words: str) -> None:
        """The trainer's remark at this moment."""
        self._post(lambda: self._drill.note("note", words))

    def finish(self) -> DrillRecord:
        """End the drill and its centre; the whole record. Blocks, bounded."""
        self._clock.stop()
        if (player := self._place.parts.player.built()) is not None:
            player.stop()
        self._place.hang_up()
        self._work.put(None)
        self._thread.join(JOIN_S)
        self._unsubscribe()
        if self._centre is not None:
            self._centre.close()
        return self.record()

    # -- on the drill's thread -------------------------------------------------------------------

    def _post(self, work: Work) -> None:
        self._work.put(work)

    def _run(self) -> None:
        if (retry := self.setup.retry) is not None:
            self._do(lambda: self._drill.resume(*retry))
        if self.setup.mode is Mode.PLAY_ALONG:
            threading.Thread(target=self._play_along, name="drill-play", daemon=True).start()
        while True:
            with contextlib.suppress(queue.Empty):
                work = self._work.get(timeout=TICK_S)
                if work is None:
                    return
                self._do(work)
            if self.setup.mode is Mode.PLAY_ALONG:
                continue  # it sees to its events itself
            if not self._drill.record.said and self._clock.now() >= PATIENCE_S:
                self._do(self._drill.begin_unasked)
            self._drill.happen()

    def _play_along(self) -> None:
        def turn(start: float, end: float) -> None:
            if self._sound is not None:
                self._sound.play(start, end)
            self._changed()

        self._drill.play_along(turn)
        self._changed()

    def _do(self, work: Work) -> None:
        """One thing at a time; what goes wrong is told, the drill goes on."""
        try:
            work()
        except UserError as error:
            self._tell(error)
        self._changed()

    def _tell(self, error: UserError) -> None:
        detail = str(error.values.get("detail", ""))
        self._place.bus.publish(Degraded("drill", error.code, detail))

    def _typed(self, words: str) -> None:
        if self.setup.mode is Mode.PLAY_ALONG:
            return
        end = self._clock.now()
        last = max((one.end for one in self._drill.record.said), default=0.0)
        start = min(end, max(last, end - len(words) / OPERATOR_PACE))
        self._drill.say_heard(words, start, end)
        self._changed()
        self._drill.answer(words)

    def _heard(self, said: Utterance) -> None:
        self._drill.note_said(Speaker.OPERATOR, said.text, said.start, said.end)
        self._drill.answer(said.text)

    def _open_sound(self) -> CaseSound | None:
        if self.setup.sound is None:
            return None
        from app.training.recorded import CaseSound

        player = self._place.parts.player
        return CaseSound(self.setup.sound, lambda samples: player().play(samples), self._tell)

    def _open_stage(self, call_id: str, listener: Callable[[SpeechEvent], None]) -> Stage:
        setup = self.setup
        if setup.microphone and setup.sound is not None:
            from app.training.recorded import RecordedStage

            return RecordedStage(setup.sound, setup.pace, listener, self._place, call_id)
        if not setup.microphone or setup.mode is Mode.PLAY_ALONG:
            return Stage(listener)

        def hear(event: SpeechEvent) -> None:
            listener(event)
            if isinstance(event, UtteranceHeard) and event.utterance.speaker is Speaker.OPERATOR:
                self._post(lambda: self._heard(event.utterance))

        return microphone_stage(hear, listener, self._place, call_id)

    def _line(self) -> Callable[[bool], None] | None:
        centre = self._centre
        if centre is None:
            return None

        def switch(online: bool) -> None:
            if online:
                centre.start()
                self._place.sync_now()
            else:
                centre.stop()
                self._place.sync_now()

        return switch

    # -- what the desk tells ---------------------------------------------------------------------

    def _watch(self, event: Event) -> None:
        at = self._clock.now()  # the drill's thread may be busy with the caller's words
        if isinstance(event, DraftChanged) and event.saved_at is None:
            self._post(lambda: self._on_draft(event, at))
        elif isinstance(event, TicketSubmitted):
            self._post(lambda: self._on_submitted(event, at))
        elif isinstance(event, CallChanged) and event.state is not CallState.TALKING:
            self._post(lambda: self._on_call(event.state, at))
        elif isinstance(event, CentreChanged) and self._centre is not None:
            self._post(lambda: self._on_centre(event.online, at))

    def _on_draft(self, event: DraftChanged, at: float) -> None:
        drafts = self._place.drafts()
        if drafts and event.draft.id == drafts[0].id:
            self._drill.note_fields(event.draft, at)
        for citation in event.draft.content.citations:
            if citation.article_id not in self._cited:
                self._cited.add(citation.article_id)
                self._drill.note("cited", citation.article_id, at)

    def _on_submitted(self, event: TicketSubmitted, at: float) -> None:
        with self._lock:
            self._drill.record.tickets.append(event.ticket.content)
        self._drill.note("submitted", event.ticket.id, at)

    def _on_call(self, state: CallState, at: float) -> None:
        if state is CallState.WRAPPING and self._drill.record.when("ended") is None:
            self._drill.note("ended", at=at)
        elif state is CallState.SUBMITTED:
            self.finished.set()

    def _on_centre(self, online: bool, at: float) -> None:
        """Keep when the desk itself noticed that the centre went or came back."""
        kind = "centre_on" if online else "centre_off"
        last = next((d.kind for d in reversed(self._drill.record.done) if "centre_" in d.kind), "")
        if kind != last:
            self._drill.note(kind, at=at)
