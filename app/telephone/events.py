"""What a softphone tells the desk: six kinds of event, however they arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.telephone.number import number_of
from resources.errors import UserError

LONGEST_ID, LONGEST_TARGET = 128, 64
LARGEST_EVENT = 4096
"""Bytes; a larger message is none of ours."""


class LineKind(StrEnum):
    """What happened to a call on the line."""

    RING = "ring"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LineEvent:
    """One event. ``number``: who calls, digits with perhaps a leading ``+``, ``None`` = withheld.

    ``to``: where the call was transferred. ``sound``: a recording or case that stands for the
    line, in a replay.
    """

    kind: LineKind
    call_id: str
    number: str | None = None
    to: str = ""
    sound: Path | None = None


def read_event(value: object) -> LineEvent:
    """An event from its JSON value; fields that are not ours are let be.

    Raises ``UserError("LINE_EVENT")`` that says which field is wrong.
    """
    if not isinstance(value, Mapping):
        raise UserError("LINE_EVENT", detail="{…}")
    try:
        kind = LineKind(str(value.get("event")))
    except ValueError:
        raise UserError("LINE_EVENT", detail="event") from None
    sound = _text(value, "sound", 4096)
    return LineEvent(
        kind,
        _call_id(value.get("call_id")),
        number_of(_text(value, "number", 256)),
        _text(value, "to", LONGEST_TARGET),
        Path(sound) if sound else None,
    )


def parse_event(data: bytes) -> LineEvent:
    """An event from the bytes of a message. Raises ``UserError("LINE_EVENT")``."""
    if len(data) > LARGEST_EVENT:
        raise UserError("LINE_EVENT", detail=f"> {LARGEST_EVENT} bytes")
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):  # also bytes that are not UTF-8
        raise UserError("LINE_EVENT", detail="JSON, UTF-8") from None
    return read_event(value)


def event_to_json(event: LineEvent) -> dict[str, str]:
    """The inverse of ``read_event``."""
    told = {"event": event.kind.value, "call_id": event.call_id, "number": event.number or ""}
    told |= {"to": event.to, "sound": str(event.sound or "")}
    return {name: value for name, value in told.items() if value}


def _call_id(value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise UserError("LINE_EVENT", detail="call_id")
    name = str(value).strip()
    if not name or len(name) > LONGEST_ID or not name.isprintable():
        raise UserError("LINE_EVENT", detail="call_id")
    return name


def _text(value: Mapping[object, object], name: str, longest: int) -> str:
    text = value.get(name) or ""
    if not isinstance(text, str) or len(text) > longest or not text.isprintable():
        raise UserError("LINE_EVENT", detail=name)
    return text.strip()
