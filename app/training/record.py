"""Everything of one drill, with its seconds: what a score points at, and how it is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.call import Speaker
from app.domain.codec import (
    Json,
    content_from_json,
    content_to_json,
    field_from_json,
    field_to_json,
)
from app.domain.draft import Origin
from app.domain.ticket import TicketContent
from app.training.scenario import Scenario


class Mode(StrEnum):
    """How the caller behaves."""

    BRANCHING = "branching"
    PLAY_ALONG = "play-along"


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the drill. ``fact`` and ``true`` as in ``CallerLine``."""

    start: float
    end: float
    speaker: Speaker
    words: str
    topics: tuple[str, ...] = ()
    fact: str | None = None
    true: bool = True


@dataclass(frozen=True, slots=True)
class Filled:
    """A field of the first draft got a value, by whom."""

    second: float
    field: str
    value: Any
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class Done:
    """Something happened: ``cited``, ``submitted``, ``ended`` or an event of the case."""

    second: float
    kind: str
    detail: str = ""


@dataclass(slots=True)
class DrillRecord:
    """Everything of one drill that a score can point at."""

    scenario: Scenario
    mode: Mode
    said: list[Said] = field(default_factory=list)
    filled: list[Filled] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    tickets: list[TicketContent] = field(default_factory=list)

    def when(self, kind: str) -> float | None:
        """The first second at which something happened."""
        return next((done.second for done in self.done if done.kind == kind), None)

    def settled(self, name: str) -> float | None:
        """Since when a field has had its last value; ``None`` if it never had one."""
        since, last = None, None
        for one in reversed([one for one in self.filled if one.field == name]):
            if since is not None and one.value != last:
                break
            since, last = one.second, one.value
        return since

    def chosen(self, name: str) -> float | None:
        """When the trainee first gave a field a value or accepted the desk's."""
        hand = (Origin.TYPED, Origin.ACCEPTED)
        mine = (one for one in self.filled if one.field == name and one.origin in hand and one.value)
        return next((one.second for one in mine), None)


def record_to_json(record: DrillRecord) -> Json:
    """A record as JSON values."""
    return {
        "scenario": record.scenario.model_dump(mode="json", exclude_defaults=True)
        | {"format": record.scenario.format, "id": record.scenario.id},
        "mode": record.mode.value,
        "said": [asdict(one) for one in record.said],
        "filled": [
            asdict(one) | {"value": field_to_json(one.field, one.value)} for one in record.filled
        ],
        "done": [asdict(one) for one in record.done],
        "tickets": [content_to_json(ticket) for ticket in record.tickets],
    }


def record_from_json(value: Json) -> DrillRecord:
    """The inverse of ``record_to_json``. Raises ``ValueError``, ``KeyError`` or ``TypeError`` for
    anything else."""
    return DrillRecord(
        scenario=Scenario.model_validate(value["scenario"]),
        mode=Mode(value["mode"]),
        said=[_said(one) for one in value["said"]],
        filled=[
            Filled(
                float(one["second"]),
                str(one["field"]),
                field_from_json(one["field"], one["value"]),
                Origin(one["origin"]) if one["origin"] else None,
            )
            for one in value["filled"]
        ],
        done=[Done(float(d["second"]), str(d["kind"]), str(d["detail"])) for d in value["done"]],
        tickets=[content_from_json(one) for one in value["tickets"]],
    )


def _said(value: Json) -> Said:
    return Said(
        start=float(value["start"]),
        end=float(value["end"]),
        speaker=Speaker(value["speaker"]),
        words=str(value["words"]),
        topics=tuple(value["topics"]),
        fact=value["fact"],
        true=bool(value["true"]),
    )
