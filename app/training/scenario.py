"""The case format 案例: one file for replay, drill, review and regression (docs/training.md).

A file is YAML or JSON. The recorded calls' JSON (turns with times and the reference ticket) is the
format's first version and is read as it is: what its caller says after a question becomes a fact
that the question releases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.call import Speaker
from app.domain.ticket import Handling, RequestType
from app.training.topics import TopicKind, topics, topics_in
from resources.errors import UserError
from resources.loader import resource_path

FORMAT = 2
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
SUFFIXES = (".yaml", ".yml", ".json")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=4_000)


class Emotion(StrEnum):
    """How the caller feels."""

    CALM = "calm"
    WORRIED = "worried"
    ANGRY = "angry"
    CRYING = "crying"
    CONFUSED = "confused"


class EventKind(StrEnum):
    """What may happen during a drill."""

    LINE_DROP = "line_drop"
    SECOND_CALLER = "second_caller"
    NOISE = "noise"
    SERVER_DOWN = "server_down"
    SERVER_UP = "server_up"


class Turn(_Part):
    """One stretch of one speaker; seconds of the recording."""

    speaker: Speaker
    start: float = Field(ge=0, lt=86_400)
    end: float = Field(ge=0, lt=86_400)
    text: str

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end < self.start:
            raise ValueError("end before start")
        return self


class Fact(_Part):
    """What the caller knows and the words for it; withheld ones wait for their question."""

    id: str = Field(min_length=1, max_length=40)
    says: str = Field(min_length=1, description="The caller's words.")
    topics: tuple[str, ...] = Field((), description="Questions that release it, ids of topics.")
    asked_by: tuple[str, ...] = Field((), description="Further regular expressions that release it.")
    withheld: bool = Field(True, description="False: said unasked, once the facts in `after` are out.")
    after: tuple[str, ...] = Field((), description="Facts that must be out before it is said unasked.")
    wrong_first: str | None = Field(
        None, description="Said at the first asking; the truth at the next."
    )

    @model_validator(mode="after")
    def _patterns_compile(self) -> Self:
        for pattern in self.asked_by:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"asked_by: {error}") from error
        return self


class DrillEvent(_Part):
    """Something that happens: at a second of the call, or once a fact is out."""

    kind: EventKind
    at: float | None = Field(None, ge=0, lt=86_400)
    after: str | None = None
    says: str | None = Field(None, description="What a second caller calls into the line.")

    @model_validator(mode="after")
    def _happens_once(self) -> Self:
        if (self.at is None) == (self.after is None):
            raise ValueError("an event needs either at or after")
        return self


class Reference(_Part):
    """The ticket a good operator would write; what it leaves out is not judged."""

    type: RequestType | None = None
    handling: Handling | None = None
    emergency_line: str | None = None
    channel: str | None = None
    district: str | None = None
    street: str | None = None
    street_ok: tuple[str, ...] = Field((), description="Streets that are right too.")
    place: str | None = None
    subject: str | None = None
    summary: str | None = Field(None, description="A model summary, in the house's wording.")
    category: str | None = Field(
        None, description="Code of the catalogue item; finer ones are right too."
    )
    category_ok: tuple[str, ...] = ()
    limit_hours: int | None = None
    units: tuple[str, ...] = Field((), description="Units of which any may lead, the best first.")
    name: str | None = None
    surname: str | None = None
    phone: str | None = None
    confidential: bool | None = None
    repeat: bool | None = None
    amount: str | None = None
    group_risk: bool | None = None
    tickets: int = Field(1, ge=0, le=9, description="How many tickets the call should give.")
    articles: tuple[str, ...] = Field((), description="Articles of which one should be quoted.")

    def stated(self) -> dict[str, Any]:
        """What it says, as plain values; what it leaves out is absent."""
        return {
            key: value
            for key, value in self.model_dump(mode="json", exclude_none=True).items()
            if value != [] and value != ()
        }


class Expects(_Part):
    """What is asked of the trainee beside the ticket."""

    questions: tuple[str, ...] = Field((), description="Questions that must be asked, in a good order.")
    phrases: tuple[str, ...] = Field((), description="Phrases that must be said.")
    words: dict[str, str] = Field({}, description="Model words for a topic, instead of its usual ones.")
    must: tuple[str, ...] = Field((), description="Words that subject or summary must have.")
    never: tuple[str, ...] = Field((), description="Words that they must not have.")
    limits: dict[Literal["address", "category", "article", "submit", "emergency"], float] = Field(
        {}, description="Seconds for full marks where the rubric's own do not fit."
    )


class Scenario(_Part):
    """One case 案例. ``turns`` allow it to be played along, ``opening`` and ``facts`` to branch."""

    format: Literal[2] = 2
    id: str = Field(min_length=1, max_length=80)
    title: str = Field("", max_length=80)
    level: int = Field(1, ge=1, le=3)
    categories: tuple[str, ...] = Field((), description="Codes of the catalogue items it trains.")
    emotion: Emotion = Emotion.CALM
    opening: str = Field("", description="The caller's first words.")
    facts: tuple[Fact, ...] = ()
    events: tuple[DrillEvent, ...] = ()
    reference: Reference = Reference()
    expects: Expects = Expects()
    rubric: str = Field("drill", description="Name of the rubric that weighs the points.")
    audio: str | None = Field(None, description="A sound file beside this one.")
    channels: tuple[str, ...] = ()
    sample_rate: int | None = None
    seconds: float | None = None
    turns: tuple[Turn, ...] = ()
    note: str = ""

    def is_about(self, codes: Collection[str]) -> bool:
        """Whether it trains one of these fields of the catalogue (beginnings of codes)."""
        return any(item.startswith(code) for item in self.categories for code in codes)

    @model_validator(mode="after")
    def _can_be_played(self) -> Self:
        if not self.turns and not self.opening:
            raise ValueError("neither turns nor an opening")
        names = [fact.id for fact in self.facts]
        if len(set(names)) < len(names):
            raise ValueError("two facts of one id")
        wanted = {name for fact in self.facts for name in fact.after}
        wanted |= {event.after for event in self.events if event.after}
        if unknown := wanted - set(names):
            raise ValueError(f"no such fact: {', '.join(sorted(unknown))}")
        named = {name for fact in self.facts for name in fact.topics}
        named |= {*self.expects.questions, *self.expects.phrases, *self.expects.words}
        if unknown := named - topics().keys():
            raise ValueError(f"no such topic: {', '.join(sorted(unknown))}")
        return self


def json_schema() -> dict[str, Any]:
    """The format as JSON Schema."""
    return Scenario.model_json_schema()


def bundled_scenarios() -> tuple[Path, ...]:
    """The files of the scenarios that come with the program."""
    return tuple(sorted(resource_path("scenarios").glob("*.yaml")))


def case_files(path: Path) -> tuple[Path, ...]:
    """The case files of a folder, or the one file. Raises ``UserError("CASES_MISSING")``."""
    if not path.is_dir():
        return (path,)
    files = tuple(sorted(one for one in path.iterdir() if one.suffix in SUFFIXES))
    if not files:
        raise UserError("CASES_MISSING", path=path)
    return files


def load_scenario(path: Path) -> Scenario:
    """Read a case file of either version. Raises ``UserError("CASE_UNREADABLE")``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        data = _parse(path.read_text(encoding="utf-8-sig"), path.suffix)
        if not isinstance(data, dict):
            raise ValueError("not a mapping")
        if "format" not in data:
            data = from_call(data, path.stem)
        return Scenario.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError("CASE_UNREADABLE", path=path, detail=f"{where}: {first['msg']}") from error
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        yaml.YAMLError,
    ) as error:
        detail = " ".join(str(error).split())[:200]
        raise UserError("CASE_UNREADABLE", path=path, detail=detail) from error


def recorded_sound(case: Scenario, folders: Iterable[Path]) -> Path | None:
    """Where the recording of a case lies, if it is in one of these folders."""
    if not case.audio or not case.turns:
        return None
    name = Path(case.audio).name  # a case names a file beside it and nothing else
    return next((path for one in folders if (path := one / name).is_file()), None)


def _parse(text: str, suffix: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.events.AliasEvent):
            raise ValueError("aliases are not allowed")  # a few lines of them can fill the memory
        depth += isinstance(event, yaml.events.CollectionStartEvent)
        depth -= isinstance(event, yaml.events.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
    return yaml.load(text, Loader=loader)


def from_call(data: dict[str, Any], name: str) -> dict[str, Any]:
    """A recorded call's JSON as the newest format's values."""
    turns = [Turn.model_validate(turn) for turn in data["turns"]]
    callers = [number for number, turn in enumerate(turns) if turn.speaker is Speaker.CALLER]
    asked = list(dict.fromkeys(topic for turn in turns for topic in _topics_of(turn)))
    known = topics()
    return {
        **{key: data[key] for key in ("audio", "channels", "sample_rate", "seconds") if key in data},
        "format": FORMAT,
        "id": str(data.get("id") or name),
        "title": str((data.get("reference") or {}).get("subject") or ""),
        "opening": turns[callers[0]].text if callers else "",
        "facts": list(_facts_of(turns, callers[1:])),
        "reference": data.get("reference") or {},
        "expects": {
            "questions": [topic for topic in asked if known[topic].kind is TopicKind.QUESTION],
            "phrases": [topic for topic in asked if known[topic].kind is TopicKind.PHRASE],
        },
        "turns": [turn.model_dump(mode="json") for turn in turns],
    }


def _topics_of(turn: Turn) -> tuple[str, ...]:
    return topics_in(turn.text) if turn.speaker is Speaker.OPERATOR else ()


def _facts_of(turns: list[Turn], answers: Iterable[int]) -> Iterable[dict[str, Any]]:
    """Each later turn of the caller, released by the questions just before it."""
    known, before = topics(), ""
    for number in answers:
        questions: list[str] = []
        for turn in reversed(turns[:number]):
            if turn.speaker is Speaker.CALLER:
                break
            questions += [t for t in _topics_of(turn) if known[t].kind is TopicKind.QUESTION]
        name = f"turn-{number}"
        unasked = {"withheld": False, "after": [before] if before else []}
        yield {"id": name, "says": turns[number].text} | (
            {"topics": questions} if questions else unasked
        )
        before = name
