"""The score of a drill: every point has its weight, its moment and what was wanted.

A mistake costs once: a field is right or wrong, *when* it was filled is judged apart from *what*
was written, and a point that the case or the mode leaves open does not count at all: its weight is
shared out among the others, so that the weights always add up to 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.call import Speaker
from app.domain.ticket import Handling, TicketContent
from app.training.drill import DrillRecord, Mode, Said
from app.training.topics import topics
from app.training.trainee import ADDRESS
from app.training.truth import judge
from resources.errors import UserError
from resources.loader import read_yaml, resource_path

FULL = 100.0
DISPATCH = (
    *("handling", "category", "unit_first", "limit_hours", "channel"),
    *("emergency_line", "no_false_emergency"),
)
_FIELD_OF = {
    "unit_first": "units",
    "name": "caller.name",
    "phone": "caller.phone",
    "confidential": "caller.confidential",
    "amount": "amounts",
    "group_risk": "risks",
    "no_false_emergency": "emergency_line",
}
_LEFT_OUT = ("unit_top3",)


class DrillRubric(BaseModel):
    """How a drill is weighed, see ``resources/rubrics/drill.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    sections: dict[str, float]
    weights: dict[str, float] = Field(description="Of single points; 1 where none is given.")
    limits: dict[str, tuple[float, float]] = Field(description="Seconds for full marks, and for none.")


@cache
def drill_rubric(name: str) -> DrillRubric:
    """A bundled rubric. Raises ``UserError("RUBRIC_BROKEN")``."""
    if not name.isidentifier() or not resource_path("rubrics", f"{name}.yaml").is_file():
        raise UserError("RUBRIC_BROKEN", name=name, detail="-")
    try:
        return DrillRubric.model_validate(read_yaml("rubrics", f"{name}.yaml"))
    except ValidationError as error:
        raise UserError("RUBRIC_BROKEN", name=name, detail=error.errors()[0]["msg"]) from error


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """One point: ``weight`` of 100, the share of it that was earned, and the second it links to."""

    section: str
    name: str
    weight: float
    earned: float
    second: float | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """All points of a drill; their weights add up to 100."""

    scenario: str
    mode: str
    points: tuple[ScorePoint, ...]

    @property
    def total(self) -> float:
        """0 to 100."""
        return round(sum(point.weight * point.earned for point in self.points), 9)

    def sections(self) -> Mapping[str, tuple[float, float]]:
        """Points earned and points possible by section."""
        sums: dict[str, tuple[float, float]] = {}
        for point in self.points:
            got, of = sums.get(point.section, (0.0, 0.0))
            sums[point.section] = (got + point.weight * point.earned, of + point.weight)
        return sums


_Found = tuple[str, str, float, float | None, str]
"""Section, name, earned share, second, detail: a point that has no weight yet."""


def score(record: DrillRecord) -> Score:
    """Judge a drill. Raises ``UserError("RUBRIC_BROKEN")``."""
    scenario = record.scenario
    rubric = drill_rubric(scenario.rubric)
    found = [*_ticket(record), *_times(record, rubric)]
    if record.mode is Mode.BRANCHING:  # in a call played along the words are not the trainee's
        found += [*_questions(record), *_phrases(record), *_courtesy(record)]
    found += _wording(record)
    return Score(scenario.id, record.mode.value, tuple(_weighed(found, rubric)))


def _weighed(found: list[_Found], rubric: DrillRubric) -> Iterator[ScorePoint]:
    """Share out 100 points over the sections that have points, and inside each over its points."""
    inside: dict[str, float] = {}
    for section, name, *_ in found:
        inside[section] = inside.get(section, 0.0) + rubric.weights.get(name, 1.0)
    whole = sum(rubric.sections[section] for section in inside)
    for section, name, earned, second, detail in found:
        share = rubric.weights.get(name, 1.0) / inside[section]
        weight = FULL * rubric.sections[section] / whole * share
        yield ScorePoint(section, name, weight, earned, second, detail)


def _ticket(record: DrillRecord) -> Iterator[_Found]:
    """The first ticket against the truth; without a ticket nothing is right."""
    truth = record.scenario.reference.stated()
    content = record.tickets[0] if record.tickets else TicketContent()
    for name, right, note in judge(content, truth):
        if name in _LEFT_OUT:
            continue
        section = "dispatch" if name in DISPATCH else "fields"
        second = record.settled(_FIELD_OF.get(name, name))
        yield section, name, float(right and bool(record.tickets)), second, "" if right else note
    right = len(record.tickets) == truth["tickets"]
    note = f"{len(record.tickets)} ≠ {truth['tickets']}"
    yield "fields", "tickets", float(right), record.when("submitted"), "" if right else note


def _times(record: DrillRecord, rubric: DrillRubric) -> Iterator[_Found]:
    """How soon address, category, article and ticket were there, and help in an emergency."""
    truth = record.scenario.reference
    limits = rubric.limits | {
        name: (full, full * 3) for name, full in record.scenario.expects.limits.items()
    }

    def timed(section: str, name: str, second: float | None, since: float = 0.0) -> _Found:
        if second is None:
            return section, name, 0.0, None, "-"
        full, none = limits[name]
        took = second - since
        earned = min(1.0, max(0.0, (none - took) / (none - full)))
        return section, name, earned, second, f"{took:.0f} s (≤ {full:.0f} s)"

    submitted = bool(record.tickets)
    if record.mode is Mode.BRANCHING:
        stated = [name for name in ADDRESS if getattr(truth, name)]
        if stated:
            yield timed("times", "address", _last(record, stated) if submitted else None)
        if truth.category:
            yield timed("times", "category", record.settled("category") if submitted else None)
        if truth.articles:
            yield timed("times", "article", _cited(record))
        if truth.handling is Handling.EMERGENCY:
            told = next((one.end for one in record.said if one.speaker is Speaker.CALLER), 0.0)
            yield timed("emergency", "emergency", _helped(record), told)
    ended = record.when("ended") or 0.0
    yield timed("times", "submit", record.when("submitted"), ended)


def _last(record: DrillRecord, names: list[str]) -> float | None:
    seconds = [record.settled(name) for name in names]
    known = [second for second in seconds if second is not None]
    return max(known) if len(known) == len(seconds) else None


def _cited(record: DrillRecord) -> float | None:
    right = record.scenario.reference.articles
    return next((d.second for d in record.done if d.kind == "cited" and d.detail in right), None)


def _helped(record: DrillRecord) -> float | None:
    """When the trainee chose an emergency line or transferred the call."""
    moments = (_first(record, "transfer"), record.chosen("emergency_line"))
    return min((second for second in moments if second is not None), default=None)


def _own(record: DrillRecord) -> list[Said]:
    return [one for one in record.said if one.speaker is Speaker.OPERATOR]


def _first(record: DrillRecord, topic: str) -> float | None:
    return next((one.start for one in _own(record) if topic in one.topics), None)


def _questions(record: DrillRecord) -> Iterator[_Found]:
    """Each required question, and how far they came in the good order."""
    wanted = record.scenario.expects.questions
    asked = {name: _first(record, name) for name in wanted}
    for name, second in asked.items():
        yield "questions", f"asked.{name}", float(second is not None), second, ""
    if len(wanted) > 1:
        order = _order(record, wanted)
        kept = _longest_rising([wanted.index(name) for name in order])
        yield "questions", "order", kept / len(wanted), None, " → ".join(order)


def _order(record: DrillRecord, wanted: tuple[str, ...]) -> list[str]:
    """The required questions as they were first asked."""
    heard = (name for one in _own(record) for name in one.topics if name in wanted)
    return list(dict.fromkeys(heard))


def _longest_rising(numbers: list[int]) -> int:
    best: list[int] = []
    for place, number in enumerate(numbers):
        below = (best[n] for n in range(place) if numbers[n] < number)
        best.append(1 + max(below, default=0))
    return max(best, default=0)


def _phrases(record: DrillRecord) -> Iterator[_Found]:
    for name in record.scenario.expects.phrases:
        second = _first(record, name)
        yield "phrases", f"said.{name}", float(second is not None), second, ""


def _courtesy(record: DrillRecord) -> Iterator[_Found]:
    """Nothing rude, and 您 or 请 in most of what is said; whoever says nothing earns nothing."""
    own = _own(record)
    rude = next((one for one in own if "rude" in one.topics), None)
    clean = float(bool(own) and rude is None)
    yield "courtesy", "no_rude_words", clean, rude.start if rude else None, rude.words if rude else ""
    polite = [one for one in own if any(word in one.words for word in ("您", "请", "谢", "好的"))]
    enough = bool(own) and 2 * len(polite) >= len(own)
    second = polite[0].start if polite else None
    yield "courtesy", "polite_address", float(enough), second, f"{len(polite)}/{len(own)}"


def _wording(record: DrillRecord) -> Iterator[_Found]:
    """Words that subject or summary must have, and must not have."""
    content = record.tickets[0] if record.tickets else None
    written = f"{content.subject or ''}\n{content.summary or ''}" if content else ""
    second = record.settled("summary")
    for word in record.scenario.expects.must:
        yield "wording", f"has.{word}", float(word in written), second, word
    for word in record.scenario.expects.never:
        yield "wording", f"lacks.{word}", float(bool(content) and word not in written), second, word


def score_json(result: Score) -> dict[str, Any]:
    """A score as JSON values."""
    return {
        "scenario": result.scenario,
        "mode": result.mode,
        "total": round(result.total, 2),
        "sections": {
            name: {"earned": round(got, 2), "of": round(of, 2)}
            for name, (got, of) in result.sections().items()
        },
        "points": [
            {
                "section": point.section,
                "name": point.name,
                "weight": round(point.weight, 4),
                "earned": round(point.earned, 4),
                "second": point.second if point.second is None else round(point.second, 1),
                "detail": point.detail,
            }
            for point in result.points
        ],
    }


def point_name(name: str, language: str) -> str:
    """A point in words: the topic's own name for questions and phrases."""
    kind, _, topic = name.partition(".")
    return topics()[topic].name(language) if kind in ("asked", "said") else topic or name
