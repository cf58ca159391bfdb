"""Whether the machine keeps up with a live call, and what is given up when it does not."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from speech.engines.base import UtteranceEngine
from speech.events import MachinePace, SpeechDegraded, SpeechEvent, SpeechRestored

log = logging.getLogger(__name__)

BEHIND_S = 2.0
CAUGHT_UP_S = 1.0
IN_A_ROW = 3
"""Utterances that must come late before reading gets hasty, and in time before it is thorough again."""
_RECENT = 10


class KeepingUp:
    """Follows how late final text comes. ``hasty`` = read it quickly and less well for now.

    ``behind`` = it comes more than ``BEHIND_S`` late, and the operator was told.
    """

    def __init__(self, emit: Callable[[SpeechEvent], None]) -> None:
        self._emit = emit
        self.hasty = False
        self.behind = False
        self._lags: deque[float] = deque(maxlen=IN_A_ROW)
        self._work: deque[tuple[float, float]] = deque(maxlen=_RECENT)

    def note(self, lag: float, took: float, seconds: float) -> None:
        """An utterance of ``seconds`` was read in ``took`` seconds and shown ``lag`` after its end."""
        self._lags.append(lag)
        self._work.append((took, seconds))
        audio = sum(length for _took, length in self._work)
        work = sum(took for took, _length in self._work)
        self._emit(MachinePace(work / audio if audio else 0.0, memory_mb()))
        if lag > BEHIND_S and not self.behind:
            self.behind = True
            self._emit(SpeechDegraded("SPEECH_BEHIND", f"{lag:.1f}"))
        full = len(self._lags) == IN_A_ROW
        if full and min(self._lags) > BEHIND_S and not self.hasty:
            self.hasty = True
            self._emit(SpeechDegraded("SPEECH_HASTY", f"{lag:.1f}"))
        elif self.behind and lag <= BEHIND_S and not self.hasty:
            self.behind = False
            self._emit(SpeechRestored())
        elif self.hasty and full and max(self._lags) < CAUGHT_UP_S:
            self.hasty = self.behind = False
            self._emit(SpeechRestored())

    def lightened(self, name: str) -> None:
        """A smaller engine reads from now on, thoroughly until it turns out to be late as well."""
        self.hasty = False
        self._lags.clear()
        self._work.clear()
        self._emit(SpeechDegraded("SPEECH_STEPPED_DOWN", name))


class SteppingDown:
    """Gets a smaller engine when it is first asked for, in the background: loading takes seconds."""

    def __init__(self, find: Callable[[], UtteranceEngine | None] | None) -> None:
        self._find = find
        self._found: UtteranceEngine | None = None
        self._thread: threading.Thread | None = None

    def engine(self) -> UtteranceEngine | None:
        """The smaller engine, once, as soon as it is there; ``None`` before, after, and without one."""
        if self._thread is None and self._find is not None:
            self._thread = threading.Thread(target=self._look, name="recogniser-lighter", daemon=True)
            self._thread.start()
        found, self._found = self._found, None
        return found

    def _look(self) -> None:
        assert self._find is not None
        try:
            self._found = self._find()
        except Exception:  # the engine at hand goes on
            log.exception("no smaller engine")


def memory_mb() -> float | None:
    """Memory of this program; ``None`` where the system does not say without further libraries."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096 / 1e6
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return None
