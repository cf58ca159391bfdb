"""One call at the seat: what is heard becomes transcript, suggestions, drafts, and is kept.

Hearing → transcript (stored at once) → analysis (newest only) → drafts (stored within 500 ms).
The operator's changes and the program's suggestions meet here, under one lock.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from app.analysis import Analysis, Analyst
from app.domain.call import Call, CallState, Transcript, Utterance
from app.domain.draft import Cursor, Draft
from app.domain.ticket import LINE_RULE, Proof, Ticket, TicketContent
from app.events import (
    AudioEnded,
    AudioSafe,
    CallChanged,
    Degraded,
    DraftChanged,
    EventBus,
    Heard,
    SpeechEvent,
    Suggested,
    UtteranceHeard,
    UtteranceSettled,
)
from app.worker import NewestWorker
from resources.errors import UserError

log = logging.getLogger(__name__)
AUTOSAVE_DELAY_S = 0.2


class Hearing(Protocol):
    """A source of speech events for one call: the recogniser, or a replayed script."""

    def start(self) -> None:
        """Begin; events come on a thread of its own."""

    def stop(self) -> None:
        """End soon, after what was already heard."""

    def hold(self, held: bool) -> None:
        """Hear nothing while the caller is on hold; any thread, returns at once."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; False when the time ran out."""


class CallRecords(Protocol):
    """What a session asks of the store."""

    def add_utterance(self, call_id: str, utterance: Utterance) -> None:
        """Keep an utterance of a call, or the newer text of one that is kept."""

    def save_draft(self, draft: Draft) -> None:
        """Keep the newest content of a draft."""

    def end_call(self, call_id: str, ended_at: datetime) -> None:
        """Note when a call's audio ended."""


def with_line(suggestion: TicketContent, line: str | None) -> TicketContent:
    """The suggestion, with the number the call came from where the caller gave no other."""
    if not line or suggestion.caller.phone:
        return suggestion
    proof = {**suggestion.proof, "caller.phone": Proof(LINE_RULE, line)}
    return replace(suggestion, caller=replace(suggestion.caller, phone=line), proof=proof)


class CallSession:
    """The running call. Events go out on the bus; ``on_speech`` is the hearing's listener."""

    def __init__(
        self,
        call: Call,
        analyst: Callable[[], Analyst],
        records: CallRecords,
        bus: EventBus,
        *,
        transcript: Transcript = (),
        drafts: Sequence[Draft] = (),
    ) -> None:
        """A new call, or with ``drafts`` one that an earlier run of the program left unfinished."""
        self.call = call
        self.state = CallState.WRAPPING if drafts else CallState.TALKING
        self._analyst = analyst
        self._records = records
        self._bus = bus
        self._lock = threading.RLock()
        self._transcript: list[Utterance] = list(transcript)
        self._drafts: dict[str, Draft] = {draft.id: draft for draft in drafts}
        self._submitted: set[str] = set()
        self._analysis = Analysis()
        self._ended = threading.Event()
        self._ended_at: datetime | None = None
        self._second = max((said.end for said in transcript), default=0.0)
        self._end_saved = False
        self._analyser: NewestWorker[Transcript] = NewestWorker(
            "analysis", self._analyse, failed=self._analysis_failed
        )
        self._saver: NewestWorker[None] = NewestWorker(
            "autosave", self._save, delay=AUTOSAVE_DELAY_S, failed=self._save_failed
        )
        self._unsaved: dict[str, Draft] = {}
        self._unsaved_speech: list[Utterance] = []
        self._save_is_failing = self._left = False
        if drafts:
            self._ended.set()
        else:
            self._new_draft()

    # -- what comes in ---------------------------------------------------------------------------

    def on_speech(self, event: SpeechEvent) -> None:
        """Take an event of the hearing; called on its thread."""
        if isinstance(event, AudioSafe | AudioEnded):
            self._second = max(self._second, event.seconds)
        if isinstance(event, UtteranceHeard | UtteranceSettled):
            said = event.utterance
            self._second = max(self._second, said.end)
            with self._lock:
                self._transcript = [old for old in self._transcript if old.id != said.id]
                self._transcript.append(said)
                self._transcript.sort(key=lambda utterance: utterance.start)
                self._unsaved_speech.append(said)
                transcript = tuple(self._transcript)
            self._saver.offer(None)
            self._analyser.offer(transcript)
        self._bus.publish(Heard(self.call.id, event))
        if isinstance(event, AudioEnded):
            self._ended_at = datetime.now(UTC)
            self._saver.offer(None)
            self._analyser.flush()
            self._move_to(CallState.WRAPPING)
            self._ended.set()

    def edit(self, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
        """Apply the operator's change to a draft; its trail says at which second of the call.

        Raises ``UserError("DRAFT_GONE")`` once the session is left: what is refused is not lost unseen.
        """
        with self._lock:
            if self._left:
                raise UserError("DRAFT_GONE")
            before = self._drafts[draft_id]
            draft = change(before).traced(before, self._second)
            self._keep(draft)
        self._bus.publish(DraftChanged(draft))
        return draft

    def place_cursor(self, draft_id: str, cursor: Cursor) -> None:
        """Note in which of the drafts the operator is writing, and where; nothing is published.

        A draft that says nothing yet is not put on disk for its cursor alone.
        """
        with self._lock:
            for old in self.drafts():
                draft = replace(old, cursor=cursor if old.id == draft_id else None)
                if draft == old:
                    continue
                if draft.content == TicketContent():
                    self._drafts[draft.id] = draft
                else:
                    self._keep(draft)

    def add_request(self) -> Draft:
        """One more ticket for this call, with the caller already known."""
        with self._lock:
            return self._new_draft()

    def submitted(self, draft_id: str) -> None:
        """A draft became a ticket; it no longer changes."""
        with self._lock:
            self._submitted.add(draft_id)
            self._unsaved.pop(draft_id, None)
            finished = all(name in self._submitted for name in self._drafts)
        if finished and self._ended.is_set():
            self._move_to(CallState.SUBMITTED)

    def recalled(self, draft_id: str) -> Draft:
        """A ticket that never left the seat is the draft it was, and the call is not over yet."""
        with self._lock:
            self._submitted.discard(draft_id)
            draft = self._drafts[draft_id]
        if self._ended.is_set():
            self._move_to(CallState.WRAPPING)
        self._bus.publish(DraftChanged(draft))
        return draft

    def draft(self, draft_id: str) -> Draft:
        """A draft of this call, also one that became a ticket. Raises ``UserError("DRAFT_GONE")``."""
        with self._lock:
            if draft_id not in self._drafts:
                raise UserError("DRAFT_GONE")
            return self._drafts[draft_id]

    def ticket_of(self, draft: Draft, seat: str, operator: str | None = None) -> Ticket:
        """The ticket a draft becomes now, with the times of its call and who wrote it."""
        now = datetime.now(UTC)
        ended = now if self.state is CallState.TALKING else self._ended_at
        return Ticket(
            draft.id,
            draft.call_id,
            seat,
            draft.content,
            now,
            called_at=self.call.started_at if ended else None,
            ended_at=ended,
            trail=draft.trail,
            operator=operator,
        )

    def due_at(self, draft: Draft) -> datetime | None:
        """When a draft's limit runs out, counted from the call; ``None`` without a limit."""
        from app.dispatch.due import content_due

        return content_due(draft.content, self.call.started_at)

    # -- what can be asked -----------------------------------------------------------------------

    def drafts(self) -> tuple[Draft, ...]:
        """The drafts that are not yet tickets, in the order of the requests."""
        with self._lock:
            return tuple(d for name, d in self._drafts.items() if name not in self._submitted)

    def transcript(self) -> Transcript:
        """All utterances so far, by time."""
        with self._lock:
            return tuple(self._transcript)

    def analysis(self) -> Analysis:
        """The newest finished analysis."""
        with self._lock:
            return self._analysis

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the audio has ended and everything heard is analysed."""
        return self._ended.wait(timeout)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until everything heard so far is analysed; False when the time ran out."""
        return self._analyser.flush(timeout)

    def save_now(self, timeout: float = 5.0) -> bool:
        """Put unsaved drafts on disk and wait for it."""
        self._saver.offer(None)
        return self._saver.flush(timeout)

    def close(self) -> None:
        """End the session's threads after their last work; bounded."""
        self._analyser.close()
        with self._lock:
            self._left = True
        self._saver.offer(None)
        self._saver.close()

    # -- inside ----------------------------------------------------------------------------------

    def _move_to(self, state: CallState) -> None:
        with self._lock:
            if self.state is state:
                return
            self.state = state
        self._bus.publish(CallChanged(self.call, state))

    def _new_draft(self) -> Draft:
        draft = Draft(id=str(uuid.uuid4()), call_id=self.call.id)
        draft = draft.suggest(with_line(draft.content, self.call.caller_line))
        self._drafts[draft.id] = draft
        return draft

    def _keep(self, draft: Draft) -> None:
        self._drafts[draft.id] = draft
        self._unsaved[draft.id] = draft
        self._saver.offer(None)

    def _analyse(self, transcript: Transcript) -> None:
        analysis = self._analyst().analyse(transcript)
        changed = []
        with self._lock:
            self._analysis = analysis
            for number, suggestion in enumerate(analysis.tickets):
                draft = self._draft_for(number, with_line(suggestion, self.call.caller_line))
                if draft is not None:
                    changed.append(draft)
        for draft in changed:
            self._bus.publish(DraftChanged(draft))
        self._bus.publish(Suggested(self.call.id, analysis.articles, analysis.ask_back))

    def _draft_for(self, number: int, suggestion: TicketContent) -> Draft | None:
        """The draft of the call's n-th request with the new suggestion, if that changed it."""
        if number == len(self._drafts):
            self._new_draft()
        name = list(self._drafts)[number]
        if name in self._submitted:
            return None
        draft = self._drafts[name].suggest(suggestion)
        if draft == self._drafts[name]:
            return None
        self._keep(draft)
        return draft

    def _save(self, _: None) -> None:
        """Store what is not yet stored, oldest speech first; what fails stays for the next try."""
        while self._unsaved_speech:
            self._records.add_utterance(self.call.id, self._unsaved_speech[0])
            with self._lock:
                del self._unsaved_speech[0]
        while self._unsaved:
            draft = next(iter(self._unsaved.values()))
            self._records.save_draft(draft)
            with self._lock:
                newest = self._unsaved.get(draft.id) is draft
                if newest:
                    del self._unsaved[draft.id]
            if newest:
                self._bus.publish(DraftChanged(draft, saved_at=datetime.now(UTC)))
        if self._ended_at is not None and not self._end_saved:
            self._records.end_call(self.call.id, self._ended_at)
            self._end_saved = True
        if self._save_is_failing:
            self._save_is_failing = False
            self._bus.publish(Degraded("draft", ""))

    def _save_failed(self, error: Exception) -> None:
        if not self._save_is_failing:
            self._save_is_failing = True
            self._bus.publish(Degraded("draft", "DRAFT_NOT_SAVED", type(error).__name__))
        self._saver.offer(None)

    def _analysis_failed(self, error: Exception) -> None:
        self._bus.publish(Degraded("analysis", "ANALYSIS_FAILED", type(error).__name__))
