"""What a trainee does in an unattended drill, as steps: read from a file, perfect, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.domain.ticket import FIELDS, Handling
from app.training.scenario import MAX_BYTES, Reference, Scenario
from app.training.topics import topics
from resources.errors import UserError

ADDRESS = ("district", "street", "place")
_AT_ONCE = ("soothe", "safety")
_BEFORE_THE_END = ("channel", "deadline", "closing")


class Step(BaseModel):
    """One thing a trainee does. Exactly one field is meant to be set; the rest say nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: str | None = Field(None, max_length=2_000, description="Words to the caller.")
    set: dict[str, Any] | None = Field(None, description="Field names and values; units by name.")
    accept: bool = Field(False, description="Accept every suggestion that is left.")
    cite: str | None = Field(None, description="Id of the article that is quoted.")
    wait: float = Field(0.0, ge=0, le=3_600, description="Seconds in which nothing is done.")
    hang_up: bool = False
    one_ticket: bool = Field(False, description="Discard the drafts beyond the first.")
    submit: bool = False


Steps = tuple[Step, ...]
_STEPS = TypeAdapter(Steps)


def load_steps(path: Path) -> Steps:
    """A JSON list of steps. Raises ``UserError("DRILL_STEPS_BROKEN")``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        steps: Steps = _STEPS.validate_python(json.loads(path.read_text(encoding="utf-8-sig")))
        unknown = {name for step in steps for name in step.set or {}} - set(FIELDS)
        if unknown:
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
    except ValidationError as error:
        raise UserError("DRILL_STEPS_BROKEN", path=path, detail=error.errors()[0]["msg"]) from error
    except (OSError, ValueError, RecursionError) as error:
        detail = " ".join(str(error).split())[:200]
        raise UserError("DRILL_STEPS_BROKEN", path=path, detail=detail) from error
    return steps


def silent_trainee() -> Steps:
    """Takes the call and does nothing."""
    return (Step(wait=60.0), Step(hang_up=True))


def accepting_trainee(scenario: Scenario) -> Steps:
    """Talks like the perfect one and then takes whatever the desk suggests."""
    talk = tuple(Step(say=step.say) for step in perfect_trainee(scenario) if step.say)
    return (*talk, Step(hang_up=True), Step(accept=True), Step(one_ticket=True), Step(submit=True))


def perfect_trainee(scenario: Scenario) -> Steps:
    """Says, asks and writes what the case expects."""
    return tuple(_perfect(scenario))


def _perfect(scenario: Scenario) -> Iterator[Step]:
    owed, truth = scenario.expects.phrases, scenario.reference
    values = model_values(scenario)
    address = {name: values.pop(name) for name in ADDRESS if name in values}
    ahead = {n: values.pop(n) for n in ("emergency_line", "category") if n in values}
    yield Step(say=_words(scenario, "greeting"))
    if truth.handling is Handling.EMERGENCY:
        yield Step(set={"emergency_line": ahead.pop("emergency_line")})
    yield from _say(scenario, (name for name in _AT_ONCE if name in owed))
    for name in scenario.expects.questions:
        yield Step(say=_words(scenario, name))
        if name == "place":
            yield Step(set=address | ahead)
            yield from _say(scenario, (one for one in ("transfer",) if one in owed))
            address, ahead = {}, {}
    if address or ahead:
        yield Step(set=address | ahead)
    for article in truth.articles[:1]:
        yield Step(cite=article)
    yield Step(set=values)
    if "place" not in scenario.expects.questions and "transfer" in owed:
        yield from _say(scenario, ("transfer",))
    yield from _say(scenario, (name for name in _BEFORE_THE_END if name in owed))
    yield from (Step(hang_up=True), Step(one_ticket=True), Step(accept=True), Step(submit=True))


def _say(scenario: Scenario, names: Iterable[str]) -> Iterator[Step]:
    yield from (Step(say=_words(scenario, name)) for name in names)


def _words(scenario: Scenario, topic: str) -> str:
    return scenario.expects.words.get(topic) or topics()[topic].fires[0]


def model_values(scenario: Scenario) -> dict[str, Any]:
    """The fields of the model ticket and their values, as a step sets them."""
    truth: Reference = scenario.reference
    values: dict[str, Any] = {
        "emergency_line": truth.emergency_line,
        "caller.phone": truth.phone,
        "caller.name": truth.name or truth.surname,
        "caller.confidential": bool(truth.confidential),
        "risks": ["群体"] if truth.group_risk else [],
        "summary": truth.summary or scenario.opening,
    }
    for name in ("type", "handling", "channel", *ADDRESS, "subject", "limit_hours", "repeat"):
        if (value := getattr(truth, name)) is not None:
            values[name] = value
    if code := truth.category or next(iter(scenario.categories), None):
        values["category"] = code
    if truth.units:
        values["units"] = [truth.units[0]]
    if truth.amount:
        values["amounts"] = [truth.amount]
    return values
