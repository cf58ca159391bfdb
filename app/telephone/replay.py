"""Call events from a file, in their time: one JSON line each, ``at`` seconds after the first."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.telephone.events import LineEvent, read_event
from resources.errors import UserError

LARGEST_FILE, MOST_EVENTS, LONGEST_WAIT_S = 4 * 1024 * 1024, 20_000, 86_400.0


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event and when it happened, in seconds from the beginning of the file."""

    at: float
    event: LineEvent


def read_events(path: Path) -> tuple[TimedEvent, ...]:
    """All events of a file by time. A recording named in it (``sound``) lies beside the file.

    Raises ``UserError("LINE_FILE")`` naming the line that is wrong; then nothing is replayed.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError("LINE_FILE", path=path, detail=f"> {LARGEST_FILE} bytes")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        detail = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise UserError("LINE_FILE", path=path, detail=detail or "?") from error
    events = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                events.append(_timed(line, path.parent))
            except (ValueError, TypeError, RecursionError, UserError) as error:
                field = str(error.values["detail"]) if isinstance(error, UserError) else "at, event"
                raise UserError("LINE_FILE", path=path, detail=f"{number}: {field}") from error
    if not events or len(events) > MOST_EVENTS:
        raise UserError("LINE_FILE", path=path, detail=f"{len(events)} events")
    return tuple(sorted(events, key=lambda one: one.at))


def replay(
    events: tuple[TimedEvent, ...],
    take: Callable[[LineEvent], object],
    wait: Callable[[float], object],
    pace: float | None = 1.0,
) -> Iterator[LineEvent]:
    """Tell one event after the other; ``pace`` = seconds of the file per second, ``None`` = at once.

    An event that the line refuses (``LINE_UNKNOWN``) is left out, as a real telephone's would be.
    """
    reached = events[0].at if events else 0.0
    for one in events:
        if pace is not None and one.at > reached:
            wait((one.at - reached) / pace)
        reached = one.at
        try:
            take(one.event)
        except UserError as error:
            if error.code != "LINE_UNKNOWN":
                raise
            continue
        yield one.event


def _timed(line: str, folder: Path) -> TimedEvent:
    value = json.loads(line)
    event = read_event(value)
    at = float(value.get("at", 0.0))
    if not math.isfinite(at) or not 0 <= at <= LONGEST_WAIT_S:
        raise ValueError(at)
    if event.sound is not None:
        event = replace(event, sound=(folder / event.sound).resolve())
    return TimedEvent(at, event)
