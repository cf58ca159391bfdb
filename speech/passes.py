"""The two passes over a speaker's audio: heard live while it comes, read again when it is finished."""

from __future__ import annotations

import logging
import time
import uuid
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from speech.audio.source import AudioBlock
from speech.engines.base import Decoded, EngineStream, StreamingEngine, UtteranceEngine
from speech.events import PartialHeard, SpeechDegraded, SpeechEvent, UtteranceHeard
from speech.utterance import Speaker, Utterance
from speech.vad import Stretch, Voice, VoiceDetector

log = logging.getLogger(__name__)

LATE_S = 2.0
BEHIND_S = 5.0

Emit = Callable[[SpeechEvent], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A block and the moment (monotonic seconds) it came in; ``gap`` = a hole precedes it."""

    block: AudioBlock
    at: float
    gap: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """A stretch to read: what the live engine made of it, and when the end of its speech came in.

    ``shown`` = partial text of it was shown.
    """

    speaker: Speaker
    stretch: Stretch
    live: Decoded | None
    shown: bool
    came_in: float


class LivePass:
    """One speaker: finds speech, shows partial text, hands on finished stretches.

    When a live call gets ahead of the machine and there is a final engine, partial text is what
    is given up; voice activity alone is far faster than time and catches up.
    """

    def __init__(
        self,
        speaker: Speaker,
        live_call: bool,
        live: StreamingEngine | None,
        final: UtteranceEngine | None,
        emit: Emit,
    ) -> None:
        self._speaker, self._emit = speaker, emit
        self._engine = live
        self._droppable = live_call and final is not None
        self._detector: VoiceDetector | None = None
        self._arrivals: deque[tuple[float, float]] = deque(maxlen=600)
        self._stream: EngineStream | None = None
        self._begin: float | None = None
        self._whole = True
        self._shown = ""

    def hear(self, arrival: Arrival) -> list[Finished]:
        """Take a block; the stretches that ended with it."""
        finished: list[Finished] = []
        if self._detector is None or arrival.gap:
            finished = self.finish()
            self._detector = self._detector or VoiceDetector()
            self._detector.reset(arrival.block.start)
        self._arrivals.append((arrival.block.end, arrival.at))
        late = self._droppable and time.monotonic() - arrival.at > LATE_S
        return finished + self._follow(self._detector.feed(arrival.block.samples), late)

    def finish(self) -> list[Finished]:
        """Close a stretch that is still open, at the end of the audio or at a gap."""
        return self._follow(self._detector.finish(), False) if self._detector else []

    def _follow(self, found: list[Voice | Stretch], late: bool) -> list[Finished]:
        finished = []
        for item in found:
            if isinstance(item, Stretch):
                finished.append(self._close(item))
            elif self._engine is not None:
                self._hear_live(item, late)
        return finished

    def _hear_live(self, voice: Voice, late: bool) -> None:
        if self._begin is None:
            self._begin = voice.start
        if late:
            self._whole = False
        if not self._whole or self._engine is None:
            return
        try:
            self._stream = self._stream or self._engine.stream()
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
        return finished

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
    """

    def __init__(
        self,
        live_call: bool,
        live: StreamingEngine | None,
        final: UtteranceEngine | None,
        repair: Callable[[Utterance], Utterance] | None,
        hot_words: Callable[[Speaker], Sequence[str]] | None,
        emit: Emit,
    ) -> None:
        self._live, self._final = live, final
        self._repair, self._hot_words, self._emit = repair, hot_words, emit
        self._live_call = live_call
        self._behind = False
        self._told: set[str] = set()

    def read(self, finished: Finished) -> None:
        """Emit the utterance of a stretch; nothing when nobody said a word in it."""
        decoded, engine = self._decode(finished)
        if not decoded.text:
            if finished.shown:
                self._emit(PartialHeard(finished.speaker, finished.stretch.start, ""))
            return
        utterance = self._improve(_utterance(finished, decoded, engine))
        lag = time.monotonic() - finished.came_in
        self._emit(UtteranceHeard(utterance, lag))
        self._watch(lag)

    def _decode(self, finished: Finished) -> tuple[Decoded, str]:
        if self._final is not None:
            words = self._ask_hot_words(finished.speaker)
            try:
                return self._final.decode(finished.stretch.samples, words), self._final.name
            except Exception as error:
                log.exception("the final engine failed")
                self._tell("SPEECH_ENGINE_FAILED", error)
        if self._live is None:
            return Decoded(""), ""
        if finished.live is not None:
            return finished.live, self._live.name
        # Its live reading covers other samples than the stretch (it was cut, or left out).
        try:
            stream = self._live.stream()
            stream.feed(finished.stretch.samples)
            return stream.finish(), self._live.name
        except Exception as error:
            log.exception("the live engine failed to read a stretch again")
            self._tell("SPEECH_ENGINE_FAILED", error)
            return Decoded(""), ""

    def _ask_hot_words(self, speaker: Speaker) -> Sequence[str]:
        try:
            return self._hot_words(speaker) if self._hot_words else ()
        except Exception as error:
            log.exception("no hot words")
            self._tell("SPEECH_REPAIR_FAILED", error)
            return ()

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

    def _watch(self, lag: float) -> None:
        """Say once when text comes late; a file read as fast as it goes has nobody waiting."""
        if not self._live_call:
            return
        if lag > BEHIND_S and not self._behind:
            self._emit(SpeechDegraded("SPEECH_BEHIND", f"{lag:.1f}"))
        self._behind = lag > BEHIND_S


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
