"""Case files: a call written down as turns, and its replay as if it were being heard."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.call import Speaker, Utterance
from app.events import AudioEnded, PartialHeard, SpeechEvent, UtteranceHeard
from resources.errors import UserError

MAX_BYTES = 5_000_000
ENGINE = "script"


@dataclass(frozen=True, slots=True)
class Case:
    """A call's true turns and, for measuring, the ticket a good operator would write."""

    id: str
    turns: tuple[Utterance, ...]
    reference: dict[str, Any]
    audio: Path | None


def load_case(path: Path) -> Case:
    """Read a case file. Raises ``UserError("CASE_UNREADABLE")`` for anything that is not one."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        turns = tuple(_turn(number, turn) for number, turn in enumerate(data["turns"]))
        audio = data.get("audio")
        return Case(
            id=str(data.get("id") or path.stem),
            turns=turns,
            reference=dict(data.get("reference") or {}),
            audio=path.with_name(Path(audio).name) if audio else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError("CASE_UNREADABLE", path=path, detail=error) from error


def _turn(number: int, turn: dict[str, Any]) -> Utterance:
    start, end = float(turn["start"]), float(turn["end"])
    if not 0 <= start <= end < 86_400:
        raise ValueError(f"turn {number}: impossible times")
    text = str(turn["text"])
    return Utterance(f"u{number}", Speaker(turn["speaker"]), start, end, text, text, ENGINE, 1.0)


class ScriptHearing:
    """Replays a case's turns; to the session it looks like a recogniser.

    ``pace`` = call seconds per second, ``None`` = as fast as it goes.
    """

    def __init__(self, case: Case, pace: float | None, listener: Callable[[SpeechEvent], None]) -> None:
        self._case = case
        self._pace = pace
        self._listener = listener
        self._stop, self._going = threading.Event(), threading.Event()
        self._going.set()
        self._held_s = 0.0
        self._thread = threading.Thread(target=self._run, name="script", daemon=True)

    def start(self) -> None:
        """Begin the replay on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the replay soon."""
        self._stop.set()
        self._going.set()

    def hold(self, held: bool) -> None:
        """Say nothing while the caller is on hold: the script waits too."""
        if held:
            self._going.clear()
        if not held or self._stop.is_set():
            self._going.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end. False when the time ran out."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _wait_until(self, begun: float, moment: float) -> bool:
        """Whether the replay goes on at ``moment`` of the call."""
        if self._pace is not None:
            self._stop.wait(max(0.0, begun + self._held_s + moment / self._pace - time.monotonic()))
        since = time.monotonic()
        self._going.wait()
        self._held_s += time.monotonic() - since
        return not self._stop.is_set()

    def _run(self) -> None:
        begun, now = time.monotonic(), 0.0
        for turn in self._case.turns:
            middle = (turn.start + turn.end) / 2
            if not self._wait_until(begun, middle):
                break
            self._listener(PartialHeard(turn.speaker, turn.start, turn.text[: len(turn.text) // 2]))
            if not self._wait_until(begun, turn.end):
                break
            now = turn.end
            self._listener(UtteranceHeard(turn, lag=0.0))
        self._listener(AudioEnded(now))
