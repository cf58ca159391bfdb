"""A rubric 质检评分表 as data: sections, questions, weights, conditions, and rules that answer."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.ticket import FIELDS, Handling
from app.training.topics import topics
from resources.errors import UserError
from resources.loader import resource_path

MAX_BYTES = 500_000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QuestionKind(StrEnum):
    """How a question is answered: yes or no, or in points from 0 to ``top``."""

    YES_NO = "yes_no"
    SCALE = "scale"


class Rule(_Part):
    """What answers a question without a reviewer; exactly one of the kinds."""

    said: str | None = Field(None, description="A topic the operator must say.")
    never: str | None = Field(None, description="A topic the operator must not say.")
    gap: float | None = Field(None, gt=0, description="Longest silence allowed, seconds.")
    overlap: int | None = Field(None, ge=0, description="How often the operator may interrupt.")
    filled: str | None = Field(None, description="A field the ticket must have.")
    within: float | None = Field(None, description="Seconds from the start, or negative from the end.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.said, self.never, self.gap, self.overlap, self.filled)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("a rule is of exactly one kind")
        if self.within is not None and self.said is None:
            raise ValueError("within belongs to said")
        if unknown := {self.said, self.never} - {None} - topics().keys():
            raise ValueError(f"no such topic: {unknown}")
        if self.filled is not None and self.filled not in FIELDS:
            raise ValueError(f"no such field: {self.filled}")
        return self


class Condition(_Part):
    """The question is asked only if another, earlier one has this answer (0 to 1)."""

    question: str
    is_: float = Field(alias="is", ge=0, le=1)


class Question(_Part):
    """One question of a section."""

    id: str = Field(min_length=1, max_length=40)
    zh: str
    en: str
    weight: float = Field(1.0, gt=0)
    kind: QuestionKind = QuestionKind.YES_NO
    top: int = Field(1, ge=1, le=10, description="Points of a scale.")
    rule: Rule | None = None
    when: Condition | None = None
    handling: tuple[Handling, ...] = Field(
        (), description="Only for these kinds of handling; empty: all."
    )
    knockout: bool = Field(False, description="Answered with 0, the whole review is 0.")


class Section(_Part):
    """A section and its share of 100."""

    id: str
    zh: str
    en: str
    weight: float = Field(gt=0)
    questions: tuple[Question, ...] = Field(min_length=1)


class Rubric(_Part):
    """A whole rubric; a score names its version."""

    version: int = Field(ge=1)
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        whole = sum(section.weight for section in self.sections)
        if abs(whole - 100) > 1e-6:
            raise ValueError(f"sections add up to {whole:g}, not 100")
        seen: set[str] = set()
        for question in self.questions():
            if question.id in seen:
                raise ValueError(f"two questions of one id: {question.id}")
            if question.when and question.when.question not in seen:
                raise ValueError(f"{question.id} waits for no earlier question")
            seen.add(question.id)
        return self

    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for section in self.sections for question in section.questions)


def load_rubric(path: Path) -> Rubric:
    """Read a rubric from YAML. Raises ``UserError("RUBRIC_BROKEN")``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        return Rubric.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError("RUBRIC_BROKEN", name=path.name, detail=f"{where}: {first['msg']}") from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())[:200]
        raise UserError("RUBRIC_BROKEN", name=path.name, detail=detail) from error


@cache
def bundled_rubric() -> Rubric:
    """The rubric that comes with the program."""
    return load_rubric(resource_path("rubrics", "review.yaml"))
