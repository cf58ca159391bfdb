"""A whole call without a window: begin it, wait for its end, see what came out."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from app.analysis import Analysis
from app.desk import CallSource, DeviceCall
from app.domain.call import Transcript
from app.domain.draft import Draft
from app.events import AudioEnded, Degraded, Event, Heard, SpeechDegraded
from app.session import CallSession
from app.workplace import Workplace
from resources.errors import UserError


@dataclass(frozen=True)
class CallResult:
    """A call after the whole path. ``problems`` = what was missing, as errors; times in seconds."""

    transcript: Transcript
    analysis: Analysis
    drafts: tuple[Draft, ...]
    timings: dict[str, float]
    problems: tuple[UserError, ...]


class _Notes:
    """What the events of a call say about it."""

    def __init__(self) -> None:
        self.audio_s = 0.0
        self.problems: list[UserError] = []

    def take(self, event: Event) -> None:
        if isinstance(event, Degraded) and event.code:
            self.problems.append(UserError(event.code, detail=event.detail))
        elif isinstance(event, Heard) and isinstance(event.event, AudioEnded):
            self.audio_s = event.event.seconds
        elif isinstance(event, Heard) and isinstance(event.event, SpeechDegraded):
            self.problems.append(as_error(event.event))


def as_error(event: SpeechDegraded) -> UserError:
    """What a speech event means where nobody watches a status line."""
    return UserError(event.code, **{"detail": event.detail, **event.values})


def process_call(desk: Workplace, source: CallSource, seconds: float | None = None) -> CallResult:
    """A whole call, waiting for its end. Raises ``UserError`` when it cannot be opened.

    A live call ends after ``seconds`` or at the first interrupt from the keyboard.
    """
    notes = _Notes()
    begun = time.perf_counter()
    _load(desk)
    loaded = time.perf_counter()
    unsubscribe = desk.bus.subscribe(notes.take)
    try:
        session = desk.begin(source)
        _wait(desk, session, seconds, live=isinstance(source, DeviceCall))
        heard = time.perf_counter()
        session.save_now()
    finally:
        unsubscribe()
    analysis = session.analysis()
    timings = {
        "audio_s": round(notes.audio_s, 3),
        "load_s": round(loaded - begun, 3),
        "speech_s": round(heard - loaded, 3),
        **analysis.timings,
    }
    return CallResult(session.transcript(), analysis, session.drafts(), timings, tuple(notes.problems))


def _load(desk: Workplace) -> None:
    desk.knowledge()
    desk.analyst()
    desk.parts.repairer()
    with contextlib.suppress(UserError):  # said again when the call opens, as an event of the call
        desk.parts.final_engine(desk.settings.speech_model)


def _wait(desk: Workplace, session: CallSession, seconds: float | None, live: bool) -> None:
    try:
        if session.wait(seconds):
            return
    except KeyboardInterrupt:
        if not live:
            raise
    desk.hang_up()
    session.wait()
