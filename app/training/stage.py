"""Where a drill's words enter the desk: to the session it looks like any other hearing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from app.domain.call import Speaker, Utterance
from app.events import AudioEnded, PartialHeard, SpeechEvent, UtteranceHeard

ENGINE = "drill"


class Clock(Protocol):
    """Seconds since the drill began."""

    def now(self) -> float:
        """The second it is."""

    def spend(self, seconds: float) -> None:
        """Something takes so long."""


class ScriptedClock:
    """For unattended drills: time passes only where something is said or done."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """The second it is."""
        return self._now

    def spend(self, seconds: float) -> None:
        """Time goes on by so much."""
        self._now += seconds


class LiveClock:
    """For drills with people: real time, ``pace`` seconds of the drill a second.

    ``begin`` = the second of the drill at which it starts; ``stop`` ends every waiting.
    """

    def __init__(self, pace: float = 1.0, begin: float = 0.0) -> None:
        self._pace, self._begin = pace, begin
        self._since = time.monotonic()
        self._stopped = threading.Event()

    def now(self) -> float:
        """The second it is."""
        return self._begin + (time.monotonic() - self._since) * self._pace

    def spend(self, seconds: float) -> None:
        """Wait so long."""
        self._stopped.wait(seconds / self._pace)

    def stop(self) -> None:
        """Nobody waits any more."""
        self._stopped.set()


class Stage:
    """A hearing without sound: ``say`` is heard by the session at once."""

    def __init__(self, listener: Callable[[SpeechEvent], None]) -> None:
        self._listener = listener
        self._count = 0
        self._last = 0.0
        self.closing = self.ended = False

    def start(self) -> None:
        """Nothing to begin: somebody has to speak first."""

    def begin(self, speaker: Speaker, words: str, start: float) -> None:
        """Somebody begins to say these words."""
        if not self.closing:
            self._listener(PartialHeard(speaker, start, words[: (len(words) + 1) // 2]))

    def say(self, speaker: Speaker, words: str, start: float, end: float) -> Utterance:
        """Somebody has said these words; after the end nobody hears them."""
        said = self.spoken(speaker, words, start, end)
        if not self.closing:
            self._listener(UtteranceHeard(said, lag=0.0))
        return said

    def spoken(self, speaker: Speaker, words: str, start: float, end: float) -> Utterance:
        """Note that these words were said; nobody is told."""
        said = Utterance(f"drill-{self._count}", speaker, start, end, words, words, ENGINE, 1.0)
        self._count += 1
        self._last = max(self._last, end)
        return said

    def stop(self) -> None:
        """The line is closed."""
        if not self.ended:
            self.closing = self.ended = True
            self._listener(AudioEnded(self._last))

    def hold(self, held: bool) -> None:
        """Who plays the caller waits by themselves."""

    def join(self, timeout: float | None = None) -> bool:
        """Nothing runs on."""
        return True


def silent_stage(_call_id: str, listener: Callable[[SpeechEvent], None]) -> Stage:
    """A stage without sound."""
    return Stage(listener)
