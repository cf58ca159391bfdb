"""From a source's audio to events: record, find speech, hear it live, read it again, repair.

Three threads, so that sound never waits for decoding::

    reader    source → recording (on disk first) → level, gaps → queue
    listener  queue → voice activity → live engine → partial text; finished stretches → queue
    decoder   queue → final engine → repair → finished utterances; while idle, a second look at
              telephone numbers and a look ahead
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from resources.errors import UserError
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock, AudioSource
from speech.engines.base import StreamingEngine, UtteranceEngine
from speech.events import (
    ON_HOLD,
    AudioEnded,
    AudioGap,
    AudioLevel,
    AudioSafe,
    SpeechDegraded,
    SpeechEvent,
)
from speech.passes import GAP_S, Emit, FinalPass, LivePass
from speech.utterance import Speaker, Utterance
from speech.waiting import Ahead, Arrival, Doubt, Finished, Missed, OnHold, Sketch, Waiting

log = logging.getLogger(__name__)

LEVEL_EVERY_S = 0.2
FILE_AHEAD = 300
LIVE_AHEAD = 600
"""Blocks of a recorded live call that may wait for the listener: half a minute of two speakers."""
UNRECORDED_AHEAD = 36_000
STRETCHES_AHEAD = 16


class Recogniser:
    """Hears one call. ``listener`` gets the events, one at a time, on the recogniser's threads.

    ``live`` gives text while somebody speaks, ``final`` the text that stays; either may be
    missing: the live engine's reading is then final, and without both the call is only recorded.
    ``repair`` improves a finished utterance, ``hot_words`` gives the words to expect of a speaker.
    The recording belongs to the recogniser from ``start`` on; it is closed when the audio ends.
    ``lighter`` gives a smaller engine for the final text if the machine does not keep up with a live
    call, or ``None``; it is asked at most once, on a thread of its own.
    A source with one speaker is announced by ``SpeechDegraded("AUDIO_ONE_SIDE", speaker)``.
    ``AudioEnded`` is always the last event.
    """

    def __init__(
        self,
        source: AudioSource,
        recording: RecordingWriter | None,
        live: StreamingEngine | None,
        final: UtteranceEngine | None,
        repair: Callable[[Utterance], Utterance] | None,
        hot_words: Callable[[Speaker], Sequence[str]] | None,
        listener: Callable[[SpeechEvent], None],
        lighter: Callable[[], UtteranceEngine | None] | None = None,
    ) -> None:
        self._source, self._listener = source, listener
        self._emitting = threading.Lock()
        self._blocks: Ahead = queue.Queue(0 if source.live else FILE_AHEAD)
        self._recording = recording
        self._waiting = Waiting(0, recording) if source.live else Waiting(STRETCHES_AHEAD)
        self._intake = _Intake(source, recording, self._emit, self._blocks if live or final else None)
        self._lanes = {
            s: LivePass(s, source.live, live, final, hot_words, self._emit, self._waiting.sketch)
            for s in source.speakers
        }
        self._final = FinalPass(
            source.live,
            live,
            final,
            repair,
            hot_words,
            self._emit,
            self._waiting.doubt,
            lighter,
            recording,
        )
        self._threads = [
            threading.Thread(target=target, name=f"recogniser-{name}", daemon=True)
            for name, target in (
                ("reader", self._read),
                ("listener", self._listen),
                ("decoder", self._decode),
            )
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the audio; what was heard so far is still recognised. Any thread, more than once."""
        self._source.stop()

    def hold(self, held: bool) -> None:
        """While the caller is on hold nothing that comes in is recorded or heard. Any thread.

        What was said before is read at once; the hole is told as ``AudioGap`` when the call goes on.
        """
        self._intake.held = held

    def join(self, timeout: float | None = None) -> bool:
        """Wait until ``AudioEnded`` was delivered; False when ``timeout`` seconds were not enough."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _read(self) -> None:
        try:
            self._intake.run()
        finally:
            self._blocks.put(None)

    def _listen(self) -> None:
        try:
            while (item := self._blocks.get()) is not None:
                if isinstance(item, OnHold):
                    self._finish_lanes()
                    continue
                for arrival in (item,) if isinstance(item, Arrival) else self._made_up(item):
                    for finished in self._lanes[arrival.block.speaker].hear(arrival):
                        self._waiting.put(finished)
            self._finish_lanes()
        except Exception as error:
            log.exception("listening failed; the call is still recorded")
            self._emit(SpeechDegraded("SPEECH_ENGINE_FAILED", str(error)))
            while self._blocks.get() is not None:
                continue
        finally:
            self._waiting.close()

    def _finish_lanes(self) -> None:
        for lane in self._lanes.values():
            for finished in lane.finish():
                self._waiting.put(finished)

    def _made_up(self, missed: Missed) -> Iterator[Arrival]:
        """What did not wait in memory, from the recording."""
        assert self._recording is not None
        try:
            for block in self._recording.written(missed.speaker, missed.start, missed.end):
                yield Arrival(block, missed.at - (missed.end - block.end))
        except UserError as error:
            self._emit(SpeechDegraded.by(error))

    def _decode(self) -> None:
        try:
            while (work := self._waiting.take()) is not None:
                match work:
                    case Finished():
                        self._final.read(work)
                    case Doubt():
                        self._final.settle(work)
                    case Sketch():
                        self._final.sketch(work)
        finally:
            self._emit(AudioEnded(self._intake.seconds))

    def _emit(self, event: SpeechEvent) -> None:
        with self._emitting:
            try:
                self._listener(event)
            except Exception:
                log.exception("a listener failed; the call goes on")


class _Intake:
    """Takes the source's blocks, puts them on disk, and hands them on; live without ever waiting."""

    def __init__(
        self,
        source: AudioSource,
        recording: RecordingWriter | None,
        emit: Emit,
        out: Ahead | None,
    ) -> None:
        self._source, self._recording, self._emit, self._out = source, recording, emit, out
        self.seconds = 0.0
        self._safe = 0.0
        self.held = self._was_held = False
        self._reasons: dict[Speaker, str] = {}
        self._missed: dict[Speaker, Missed] = {}
        self._overrun = False
        self._ends: dict[Speaker, float] = {}
        self._level_at: dict[Speaker, float] = {}

    def run(self) -> None:
        """Read the source to its end, whatever happens on the way."""
        if self._out is None:
            self._emit(SpeechDegraded("NO_SPEECH_MODEL"))
        if len(self._source.speakers) == 1:
            self._emit(SpeechDegraded("AUDIO_ONE_SIDE", self._source.speakers[0].value))
        try:
            for item in self._source.blocks():
                if isinstance(item, SpeechDegraded):
                    self._reasons = dict.fromkeys(self._source.speakers, item.code)
                    self._emit(item)
                    self._record(RecordingWriter.flush)
                else:
                    self._take(item)
        except UserError as error:
            self._emit(SpeechDegraded.by(error))
        except Exception as error:
            log.exception("the audio source failed")
            self._emit(SpeechDegraded("AUDIO_FAILED", str(error)))
        finally:
            if self._out is not None:
                self._hand_on_missed(self._out)
            self._record(RecordingWriter.close, last=True)

    def _take(self, block: AudioBlock) -> None:
        if self.held:
            self._leave_out(block)
            return
        self._was_held = False
        self._record(lambda recording: recording.append(block))
        now = time.monotonic()
        self._note_gap(block)
        self.seconds = max(self.seconds, block.end)
        self._show_level(block, now)
        if self._out is not None:
            self._hand_on(self._out, Arrival(block, now))

    def _leave_out(self, block: AudioBlock) -> None:
        """Music for the caller, or words that are not for them: neither recorded nor heard."""
        self.seconds = max(self.seconds, block.end)
        if self._was_held:
            return
        self._was_held = True
        self._reasons = dict.fromkeys(self._source.speakers, ON_HOLD)
        self._record(RecordingWriter.flush)
        if self._out is not None:
            self._hand_on_missed(self._out)
            self._out.put(OnHold())

    def _hand_on(self, out: Ahead, arrival: Arrival) -> None:
        """Never waits in a live call: what is too much waits in the recording, if there is one."""
        block = arrival.block
        if not self._source.live:
            out.put(arrival)
        elif self._recording is not None and out.qsize() >= LIVE_AHEAD:
            missed = self._missed.get(block.speaker)
            begin = missed.start if missed else block.start
            self._missed[block.speaker] = Missed(block.speaker, begin, block.end, arrival.at)
        elif out.qsize() >= UNRECORDED_AHEAD:
            if not self._overrun:
                self._emit(SpeechDegraded("SPEECH_OVERRUN", f"{block.start:.1f}"))
            self._overrun = True
        else:
            self._hand_on_missed(out)
            out.put(arrival)

    def _hand_on_missed(self, out: Ahead) -> None:
        """Have the listener read what it could not be given; all of that is in the file by then."""
        if self._missed:
            self._record(RecordingWriter.flush)
            for missed in self._missed.values():
                out.put(missed)
            self._missed.clear()

    def _note_gap(self, block: AudioBlock) -> None:
        end = self._ends.get(block.speaker, 0.0)
        self._ends[block.speaker] = block.end
        reason = self._reasons.pop(block.speaker, "AUDIO_DROPPED")
        if block.start - end > GAP_S:
            self._emit(AudioGap(end, block.start, reason))

    def _show_level(self, block: AudioBlock, now: float) -> None:
        if now - self._level_at.get(block.speaker, float("-inf")) < LEVEL_EVERY_S:
            return
        self._level_at[block.speaker] = now
        power = float(np.mean((block.samples.astype(np.float32) / 32768.0) ** 2))
        self._emit(AudioLevel(block.speaker, 10 * float(np.log10(power)) if power > 0 else -np.inf))

    def _record(self, work: Callable[[RecordingWriter], None], last: bool = False) -> None:
        """Do something with the recording; when the disk refuses, say so and go on without it."""
        recording = self._recording
        if recording is None:
            return
        try:
            work(recording)
        except UserError as error:
            self._recording = None
            self._emit(SpeechDegraded.by(error))
        safe = recording.safe_until
        if safe - self._safe >= 1.0 or (last and safe > self._safe):
            self._safe = safe
            self._emit(AudioSafe(safe))
