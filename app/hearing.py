"""Where a call's speech events come from: a recogniser over a sound source, or a script."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.desk import CallSource, DeviceCall, DrillCall, FileCall, ScriptCall, SilentCall
from app.domain.call import Speaker, Transcript
from app.domain.draft import Origin
from app.events import (
    AudioEnded,
    DraftChanged,
    Event,
    EventBus,
    SpeechDegraded,
    SpeechEvent,
    UtteranceHeard,
)
from app.script import ScriptHearing, load_case
from app.session import Hearing
from app.settings import Settings
from app.telephone.silent import SilentHearing
from resources.errors import UserError

if TYPE_CHECKING:
    from app.parts import Parts
    from app.storage.records import PastCall
    from speech.audio.files import FileSource
    from speech.audio.source import AudioSource
    from speech.engines.base import StreamingEngine, UtteranceEngine
    from speech.recogniser import Recogniser
    from speech.repair.repairer import CallRepair, Repairer


@dataclass(frozen=True, slots=True)
class Transcription:
    """A recorded call's transcript, its length and how long recognition took, in seconds."""

    transcript: Transcript
    audio_s: float
    speech_s: float
    problems: tuple[SpeechDegraded, ...]


Listener = Callable[[SpeechEvent], None]
T = TypeVar("T")


def open_hearing(
    source: CallSource,
    call_id: str,
    parts: Parts,
    settings: Settings,
    listener: Listener,
    bus: EventBus,
) -> Hearing:
    """Open a call's source; nothing is heard before ``start``.

    Raises ``UserError`` when the source cannot be opened. A missing model does not prevent a call:
    it is recorded, and the listener is told.
    """
    if isinstance(source, DrillCall):
        return source.open(call_id, listener)
    if isinstance(source, ScriptCall):
        return ScriptHearing(load_case(source.path), source.pace, listener)
    if isinstance(source, SilentCall):
        return SilentHearing(listener)
    return recogniser_over(_open_source(source, settings), call_id, parts, settings, listener, bus)


def recogniser_over(
    sound: AudioSource,
    call_id: str,
    parts: Parts,
    settings: Settings,
    listener: Listener,
    bus: EventBus,
) -> Recogniser:
    """What hears and records a call's sound with the engines of the settings. Raises ``UserError``.

    The place an operator writes into the ticket decides which names are expected from then on.
    """
    from speech.audio.recording import RecordingWriter
    from speech.recogniser import Recogniser

    final = _or_none(lambda: parts.final_engine(settings.speech_model), listener)
    model = parts.live_model()
    live = _or_none(lambda: parts.live_engine(model), listener) if model else None
    recording = RecordingWriter(parts.recording_path(call_id), parts.key().recordings)
    repair = parts.repairer().for_call()
    return Recogniser(
        source=sound,
        recording=recording,
        live=live,
        final=final,
        repair=repair,
        hot_words=repair.hot_words,
        listener=_until_the_end(listener, bus.subscribe(partial(_follow_ticket, repair, call_id))),
        lighter=lambda: parts.lighter_engine(settings.speech_model),
    )


def _follow_ticket(repair: CallRepair, call_id: str, event: Event) -> None:
    """Pass on what the operator has decided about the place, by hand or by accepting it."""
    if isinstance(event, DraftChanged) and event.draft.call_id == call_id:
        content, origins = event.draft.content, event.draft.origins
        sure = {name for name, origin in origins.items() if origin is not Origin.SUGGESTED}
        district = content.district if "district" in sure else None
        repair.decide(district, content.street if "street" in sure else None)


def _until_the_end(listener: Listener, leave: Callable[[], None]) -> Listener:
    """The listener; after the last event of the sound ``leave`` is called."""

    def listen(event: SpeechEvent) -> None:
        listener(event)
        if isinstance(event, AudioEnded):
            leave()

    return listen


def hear_rest(
    past: PastCall, known: Transcript, parts: Parts, settings: Settings, listener: Listener
) -> Hearing | None:
    """Hear again what was recorded of a call when the program died and was not yet text.

    ``None`` when nothing is left to hear: the call ended in order, has no sound, or no model is there.
    """
    from speech.audio.recorded import RecordingSource
    from speech.recogniser import Recogniser

    path = parts.recording_path(past.call.id)
    if past.ended_at is not None or not path.exists():
        return None
    final = _or_none(lambda: parts.final_engine(settings.speech_model), listener)
    since = {said.speaker: said.end for said in sorted(known, key=lambda said: said.end)}
    source = _or_none(lambda: RecordingSource(path, parts.key().recordings, since), listener)
    if final is None or source is None:
        return None
    repair = parts.repairer().for_call()
    for said in known:
        repair(said)  # so that it knows the places the call was about
    return Recogniser(source, None, None, final, repair, repair.hot_words, listener)


def transcribe_file(path: Path, parts: Parts, model: str) -> Transcription:
    """Only the transcript of a recorded call by one model, streaming or not; nothing is stored.

    Raises ``UserError`` when file or model are unusable.
    """
    from speech.audio.files import FileSource
    from speech.models import streams

    sound = FileSource(path, pace=None)  # a file that is none is told before a model is loaded
    live = parts.live_engine(model) if streams(model) else None
    final = None if streams(model) else parts.final_engine(model)
    return transcribe_with(sound, parts.repairer(), live, final)


def transcribe_with(
    sound: FileSource,
    repairer: Repairer,
    live: StreamingEngine | None,
    final: UtteranceEngine | None,
) -> Transcription:
    """The same with engines that are at hand."""
    from speech.recogniser import Recogniser

    events: list[SpeechEvent] = []
    repair = repairer.for_call()
    hearing = Recogniser(
        source=sound,
        recording=None,
        live=live,
        final=final,
        repair=repair,
        hot_words=repair.hot_words,
        listener=events.append,
    )
    begun = time.perf_counter()
    hearing.start()
    hearing.join()
    heard = [event.utterance for event in events if isinstance(event, UtteranceHeard)]
    return Transcription(
        transcript=tuple(sorted(heard, key=lambda utterance: utterance.start)),
        audio_s=sound.seconds,
        speech_s=time.perf_counter() - begun,
        problems=tuple(event for event in events if isinstance(event, SpeechDegraded)),
    )


def _open_source(source: FileCall | DeviceCall, settings: Settings) -> AudioSource:
    if isinstance(source, FileCall):
        from speech.audio.files import FileSource

        return FileSource(source.path, source.pace)
    from speech.audio.devices import DeviceSource

    return DeviceSource(settings.operator_device, settings.caller_device)


def _or_none(load: Callable[[], T], listener: Listener) -> T | None:
    try:
        return load()
    except UserError as error:
        listener(SpeechDegraded.by(error))
        return None


def play_stretch(parts: Parts, call_id: str, speaker: Speaker, start: float, end: float) -> None:
    """Play a stretch of a recorded call through the default output."""
    from speech.audio.recording import RecordingReader

    reader = RecordingReader(parts.recording_path(call_id), parts.key().recordings)
    parts.player().play(reader.read(speaker, start, end))
