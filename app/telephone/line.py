"""Where a call stands on the line, and how long it stood where: every second belongs to one phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from app.telephone.events import LineEvent, LineKind


class Phase(StrEnum):
    """A phase of a call at the seat; ``WRAPPING`` 话后整理 lasts until the last ticket is submitted."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    WRAPPING = "wrapping"
    DONE = "done"
    MISSED = "missed"


NEXT: Mapping[tuple[Phase, LineKind], Phase] = MappingProxyType(
    {
        (Phase.RINGING, LineKind.ANSWERED): Phase.TALKING,
        (Phase.RINGING, LineKind.TRANSFERRED): Phase.MISSED,
        (Phase.RINGING, LineKind.ENDED): Phase.MISSED,
        (Phase.TALKING, LineKind.HELD): Phase.HELD,
        (Phase.TALKING, LineKind.TRANSFERRED): Phase.WRAPPING,
        (Phase.TALKING, LineKind.ENDED): Phase.WRAPPING,
        (Phase.HELD, LineKind.RESUMED): Phase.TALKING,
        (Phase.HELD, LineKind.TRANSFERRED): Phase.WRAPPING,
        (Phase.HELD, LineKind.ENDED): Phase.WRAPPING,
    }
)
"""What follows on what; anything else is a repetition or comes too late, and changes nothing."""
ON_THE_LINE = (Phase.TALKING, Phase.HELD)


@dataclass(frozen=True, slots=True)
class LineCall:
    """One call on the line. ``call_id`` is the desk's own call, once that has begun.

    ``since``: when the present phase began; ``spent``: whole seconds of the earlier ones.
    """

    id: str
    number: str | None
    phase: Phase
    since: datetime
    spent: Mapping[Phase, float] = field(default_factory=dict)
    to: str = ""
    call_id: str = ""
    sound: Path | None = None

    def moved(self, phase: Phase, now: datetime) -> LineCall:
        """The call in another phase from now on."""
        spent = {**self.spent, self.phase: self.seconds(self.phase, now)}
        return replace(self, phase=phase, since=now, spent=spent)

    def after(self, event: LineEvent, now: datetime) -> LineCall:
        """The call after an event; itself where the event changes nothing."""
        phase = NEXT.get((self.phase, event.kind))
        return self if phase is None else replace(self.moved(phase, now), to=event.to or self.to)

    def seconds(self, phase: Phase, now: datetime) -> float:
        """How long the call has been in a phase, all its times together."""
        running = max(0.0, (now - self.since).total_seconds()) if phase is self.phase else 0.0
        return self.spent.get(phase, 0.0) + running


class Pause(NamedTuple):
    """A break 小休: no calls are expected; ``reason`` is one of ``PAUSES``."""

    reason: str
    since: datetime


PAUSES = ("rest", "meal", "training", "meeting", "fault")


@dataclass(frozen=True, slots=True)
class Shift:
    """What this run of the desk spent its time with, in seconds; calls that were taken and missed."""

    taken: int = 0
    missed: int = 0
    spent: Mapping[str, float] = field(default_factory=dict)

    def plus(self, call: LineCall) -> Shift:
        """With a call that is over."""
        spent = dict(self.spent)
        for phase, seconds in call.spent.items():
            spent[phase.value] = spent.get(phase.value, 0.0) + seconds
        missed = call.phase is Phase.MISSED
        return Shift(self.taken + (not missed), self.missed + missed, spent)

    def plus_pause(self, pause: Pause, now: datetime) -> Shift:
        """With a break that is over."""
        name = f"pause_{pause.reason}"
        seconds = self.spent.get(name, 0.0) + max(0.0, (now - pause.since).total_seconds())
        return replace(self, spent={**self.spent, name: seconds})


@dataclass(frozen=True, slots=True)
class LineShown:
    """Everything about the line at one moment: the call that is worked on, who rings, the break."""

    call: LineCall | None = None
    ringing: tuple[LineCall, ...] = ()
    missed: tuple[LineCall, ...] = ()
    pause: Pause | None = None
    planned: str = ""
    """The reason of the break that begins when the present call is left; empty = none."""
    shift: Shift = field(default_factory=Shift)
