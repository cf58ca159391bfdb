"""The two passes over a speaker's audio: heard live while it comes, read again when it is finished."""

from __future__ import annotations

import logging
import time
import uuid
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from resources.errors import UserError
from speech.audio.recording import RecordingWriter
from speech.dictated import dictated, settle
from speech.engines.base import (
    Decoded,
    EngineStream,
    RereadingEngine,
    Samples,
    SkimmingEngine,
    StreamingEngine,
    UtteranceEngine,
)
from speech.events import PartialHeard, SpeechDegraded, SpeechEvent, UtteranceHeard, UtteranceSettled
from speech.keeping_up import KeepingUp, SteppingDown
from speech.partials import Growing, Partials
from speech.utterance import Speaker, Utterance
from speech.vad import Lull, Stretch, Voice, VoiceDetector
from speech.waiting import Arrival, Doubt, Finished, Sketch, laid_aside, taken_up

log = logging.getLogger(__name__)

GAP_S = 0.02
LATE_S = 2.0
MOST_HASTY = 60
"""Utterances read hastily that are kept to read them again, their sound in the recording."""

Emit = Callable[[SpeechEvent], None]


class LivePass:
    """One speaker: finds speech, shows partial text, hands on finished stretches.

    ``sketch`` takes what the final engine may read ahead of the end: a stretch that goes on, when
    there is no live engine, and in every live call a stretch that may have just ended.
    When a live call gets ahead of the machine and there is a final engine, partial text is what
    is given up; voice activity alone is far faster than time and catches up.
    """

    def __init__(
        self,
        speaker: Speaker,
        live_call: bool,
        live: StreamingEngine | None,
        final: UtteranceEngine | None,
        hot_words: Callable[[Speaker], Sequence[str]] | None,
        emit: Emit,
        sketch: Callable[[Sketch], None],
    ) -> None:
        self._speaker, self._emit, self._sketch = speaker, emit, sketch
        self._hot_words = hot_words
        self._engine = live
        self._droppable = self._ahead = live_call and final is not None
        self._growing = Growing() if self._ahead and live is None else None
        self._detector: VoiceDetector | None = None
        self._arrivals: deque[tuple[float, float]] = deque(maxlen=600)
        self._stream: EngineStream | None = None
        self._heard_to = 0.0
        self._begin: float | None = None
        self._whole = True
        self._shown = ""

    def hear(self, arrival: Arrival) -> list[Finished]:
        """Take a block; the stretches that ended with it."""
        finished: list[Finished] = []
        if self._detector is None or arrival.block.start - self._heard_to > GAP_S:
            finished = self.finish()
            if self._detector is None:
                self._prepare()
                self._detector = VoiceDetector()
            self._detector.reset(arrival.block.start)
        self._heard_to = arrival.block.end
        self._arrivals.append((arrival.block.end, arrival.at))
        late = self._droppable and time.monotonic() - arrival.at > LATE_S
        return finished + self._follow(self._detector.feed(arrival.block.samples), late)

    def finish(self) -> list[Finished]:
        """Close a stretch that is still open, at the end of the audio or at a gap."""
        return self._follow(self._detector.finish(), False) if self._detector else []

    def _prepare(self) -> None:
        """Open the live engine's stream before anybody speaks: that takes some tenths of a second."""
        try:
            self._stream = self._open(self._engine) if self._engine else None
        except Exception as error:
            log.exception("the live engine gave no stream")
            self._give_up_live(error)

    def _follow(self, found: list[Voice | Lull | Stretch], late: bool) -> list[Finished]:
        finished = []
        for item in found:
            if isinstance(item, Stretch):
                finished.append(self._close(item))
            elif isinstance(item, Lull):
                if self._ahead and not late:
                    self._sketch(Sketch(self._speaker, item.stretch, lull=True))
            elif self._engine is not None:
                self._hear_live(item, late)
            elif self._growing is not None and (grown := self._growing.add(item)) and not late:
                self._sketch(Sketch(self._speaker, grown))
        return finished

    def _hear_live(self, voice: Voice, late: bool) -> None:
        if self._begin is None:
            self._begin = voice.start
        if late:
            self._whole = False
        if not self._whole or self._engine is None:
            return
        try:
            self._stream = self._stream or self._open(self._engine)
            text = self._stream.feed(voice.samples)
        except Exception as error:
            log.exception("the live engine failed")
            self._give_up_live(error)
            return
        if text and text != self._shown:
            self._shown = text
            self._emit(PartialHeard(self._speaker, self._begin, text))

    def _close(self, stretch: Stretch) -> Finished:
        live = None
        if self._stream is not None:
            try:
                live = self._stream.finish()
            except Exception as error:
                log.exception("the live engine failed at the end of a stretch")
                self._give_up_live(error)
        usable = live if self._whole and not stretch.cut else None
        finished = Finished(
            self._speaker, stretch, usable, bool(self._shown), self._came_in(stretch.speech_end)
        )
        self._begin, self._whole, self._shown = None, True, ""
        if self._growing is not None:
            self._growing.clear()
        return finished

    def _open(self, engine: StreamingEngine) -> EngineStream:
        return engine.stream(self._hot_words(self._speaker) if self._hot_words else ())

    def _give_up_live(self, error: Exception) -> None:
        self._engine = self._stream = None
        self._emit(SpeechDegraded("SPEECH_LIVE_FAILED", str(error)))

    def _came_in(self, seconds: float) -> float:
        """The moment at which the audio up to ``seconds`` had arrived."""
        at = bisect_left(self._arrivals, (seconds, 0.0))
        return self._arrivals[min(at, len(self._arrivals) - 1)][1]


class FinalPass:
    """Reads finished stretches with the final engine and repairs them.

    Falls back to the live engine's reading when there is no final engine, or when it failed.
    A dictated telephone number is believed only if the engine hears it twice. In a live call the
    text does not wait for that: ``doubt`` takes what has to be settled later. While the machine does
    not keep up, text is read hastily and ``lighter`` is asked for a smaller engine, which then reads
    the rest of the call; what was read hastily is read again once the machine has caught up.
    """

    def __init__(
        self,
        live_call: bool,
        live: StreamingEngine | None,
        final: UtteranceEngine | None,
        repair: Callable[[Utterance], Utterance] | None,
        hot_words: Callable[[Speaker], Sequence[str]] | None,
        emit: Emit,
        doubt: Callable[[Doubt], None],
        lighter: Callable[[], UtteranceEngine | None] | None = None,
        recording: RecordingWriter | None = None,
    ) -> None:
        self._live, self._final, self._recording = live, final, recording
        self._doubt = doubt
        self._hastily: deque[Doubt] = deque(maxlen=MOST_HASTY)
        self._stepping_down = SteppingDown(lighter)
        self._repair, self._hot_words, self._emit = repair, hot_words, emit
        self._live_call = live_call
        self._pace = KeepingUp(emit)
        self._busy_s = 0.0
        self._told: set[str] = set()
        self._ahead: dict[Speaker, tuple[Stretch, _Reading]] = {}
        self._partials = Partials(emit)

    def sketch(self, sketch: Sketch) -> None:
        """Read ahead: the whole reading of a stretch that may be over, or text for one that goes on."""
        if self._final is None:
            return
        words = self._ask_hot_words(sketch.speaker)
        try:
            if sketch.lull:
                reading = self._read_whole(self._final, sketch.stretch.samples, words)
                self._ahead[sketch.speaker] = (sketch.stretch, reading)
                if self._live is None:
                    self._partials.note(sketch, reading.decoded.text)
            elif isinstance(self._final, SkimmingEngine):
                self._partials.grow(sketch, lambda: self._skim(sketch.stretch, words))
        except Exception as error:
            log.exception("the final engine failed to read ahead")
            self._tell("SPEECH_ENGINE_FAILED", error)

    def _skim(self, stretch: Stretch, words: Sequence[str]) -> str:
        assert isinstance(self._final, SkimmingEngine)
        begun = time.monotonic()
        text = self._final.skim(stretch.samples, words)
        self._busy_s += time.monotonic() - begun
        return text

    def _read_whole(self, final: UtteranceEngine, samples: Samples, words: Sequence[str]) -> _Reading:
        begun = time.monotonic()
        if self._pace.hasty and isinstance(final, SkimmingEngine):
            reading = _Reading(Decoded(final.skim(samples, words)), final.name, hasty=True)
        else:
            reading = _Reading(final.decode(samples, words), final.name)
        self._busy_s += time.monotonic() - begun
        return reading

    def read(self, finished: Finished) -> None:
        """Emit the utterance of a stretch; nothing when nobody said a word in it."""
        finished = self._taken_up(finished)
        reading = self._decode(finished)
        shown = self._partials.end(finished.speaker) or finished.shown
        if not reading.decoded.text:
            if shown:
                self._emit(PartialHeard(finished.speaker, finished.stretch.start, ""))
            return
        utterance, doubtful = self._written(finished, reading)
        if doubtful and not self._live_call:
            utterance = self._settled(Doubt(utterance, finished))
        lag = time.monotonic() - finished.came_in
        self._emit(UtteranceHeard(utterance, lag))
        if not self._live_call:  # a file is read as fast as it goes, and nobody waits for it
            return
        if doubtful:
            self._doubt(Doubt(utterance, finished))
        if reading.hasty:
            aside = laid_aside(finished, self._recording)
            self._hastily.append(Doubt(utterance, aside, hasty=True))
        self._keep_up(lag, utterance.end - utterance.start)

    def _taken_up(self, finished: Finished) -> Finished:
        try:
            return taken_up(finished, self._recording)
        except UserError as error:
            self._emit(SpeechDegraded.by(error))
            return finished

    def _keep_up(self, lag: float, seconds: float) -> None:
        self._pace.note(lag, self._busy_s, seconds)
        self._busy_s = 0.0
        if self._pace.hasty and (lighter := self._stepping_down.engine()) is not None:
            self._final = lighter
            self._ahead.clear()
            self._pace.lightened(lighter.name)
        while self._hastily and not self._pace.behind:
            self._doubt(self._hastily.popleft())

    def settle(self, doubt: Doubt) -> None:
        """Read an utterance, or the telephone number in it, again; emit what became of it."""
        doubt = replace(doubt, finished=self._taken_up(doubt.finished))
        utterance = self._again(doubt) if doubt.hasty else doubt.utterance
        settled = self._settled(Doubt(utterance, doubt.finished))
        if settled != doubt.utterance:
            self._emit(UtteranceSettled(settled))

    def _again(self, doubt: Doubt) -> Utterance:
        """The utterance read thoroughly; as it was where that fails or finds nothing."""
        finished = doubt.finished
        assert self._final is not None
        words = self._ask_hot_words(finished.speaker)
        try:
            decoded = self._final.decode(finished.stretch.samples, words)
        except Exception as error:
            log.exception("reading a hasty utterance again failed")
            self._tell("SPEECH_ENGINE_FAILED", error)
            return doubt.utterance
        if not decoded.text or decoded.text == doubt.utterance.heard:
            return doubt.utterance
        utterance, _doubtful = self._written(finished, _Reading(decoded, self._final.name))
        return replace(utterance, id=doubt.utterance.id)

    def _written(self, finished: Finished, reading: _Reading) -> tuple[Utterance, bool]:
        """The utterance with its text repaired, and whether a number in it should be read again."""
        utterance = _utterance(finished, reading.decoded, reading.engine)
        again = isinstance(self._final, RereadingEngine) and reading.engine == self._final.name
        first = settle(utterance.text, tuple if again else None)
        doubtful = again and dictated(first) is not None
        return self._improve(replace(utterance, text=first)), doubtful

    def _decode(self, finished: Finished) -> _Reading:
        ahead = self._ahead.pop(finished.speaker, None)
        if ahead is not None and self._final is not None and _same(ahead[0], finished.stretch):
            return ahead[1]
        if self._final is not None:
            words = self._ask_hot_words(finished.speaker)
            try:
                return self._read_whole(self._final, finished.stretch.samples, words)
            except Exception as error:
                log.exception("the final engine failed")
                self._tell("SPEECH_ENGINE_FAILED", error)
        if self._live is None:
            return _Reading(Decoded(""), "")
        if finished.live is not None:
            return _Reading(finished.live, self._live.name)
        # Its live reading covers other samples than the stretch (it was cut, or left out).
        try:
            stream = self._live.stream()
            stream.feed(finished.stretch.samples)
            return _Reading(stream.finish(), self._live.name)
        except Exception as error:
            log.exception("the live engine failed to read a stretch again")
            self._tell("SPEECH_ENGINE_FAILED", error)
            return _Reading(Decoded(""), "")

    def _ask_hot_words(self, speaker: Speaker) -> Sequence[str]:
        try:
            return self._hot_words(speaker) if self._hot_words else ()
        except Exception as error:
            log.exception("no hot words")
            self._tell("SPEECH_REPAIR_FAILED", error)
            return ()

    def _settled(self, doubt: Doubt) -> Utterance:
        utterance, finished, final = doubt.utterance, doubt.finished, self._final
        if not isinstance(final, RereadingEngine):  # nothing to ask, or stepped down since
            return utterance

        def read_again() -> tuple[str, ...]:
            live = (finished.live.text,) if finished.live else ()
            return live + final.reread(finished.stretch.samples)

        try:
            return replace(utterance, text=settle(utterance.text, read_again))
        except Exception as error:
            log.exception("reading a number again failed")
            self._tell("SPEECH_ENGINE_FAILED", error)
            return utterance

    def _improve(self, utterance: Utterance) -> Utterance:
        try:
            return self._repair(utterance) if self._repair else utterance
        except Exception as error:
            log.exception("repair failed")
            self._tell("SPEECH_REPAIR_FAILED", error)
            return utterance

    def _tell(self, code: str, error: Exception) -> None:
        """Show each kind of failure once per call; the log has them all."""
        if code not in self._told:
            self._told.add(code)
            self._emit(SpeechDegraded(code, str(error)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What an engine made of a stretch; ``hasty`` = read quickly, so less well than it could."""

    decoded: Decoded
    engine: str
    hasty: bool = False


def _same(ahead: Stretch, finished: Stretch) -> bool:
    """Whether nothing was said after the stretch was read ahead of its end."""
    return (ahead.start, ahead.speech_end) == (finished.start, finished.speech_end)


def _utterance(finished: Finished, decoded: Decoded, engine: str) -> Utterance:
    stretch = finished.stretch
    shifted = tuple(
        replace(word, start=word.start + stretch.start, end=word.end + stretch.start)
        for word in decoded.words
    )
    return Utterance(
        id=uuid.uuid4().hex,
        speaker=finished.speaker,
        start=round(stretch.speech_start, 3),
        end=round(stretch.speech_end, 3),
        text=decoded.text,
        heard=decoded.text,
        engine=engine,
        confidence=decoded.confidence,
        words=shifted,
    )
