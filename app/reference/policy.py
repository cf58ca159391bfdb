"""What a centre asks of its seats' people: logging in, how long without it, when the screen locks."""

from __future__ import annotations

from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.errors import UserError
from resources.in_force import InForce


class SeatPolicy(BaseModel):
    """Rules for the people at a seat; published as YAML under the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    login_required: bool = False
    """Nobody works at the desk without having logged in."""
    offline_days: Annotated[int, Field(ge=1, le=90)] = 7
    """So long after a login at the centre somebody may log in at that seat without it."""
    lock_after_minutes: Annotated[int, Field(ge=0, le=480)] = 10
    """The screen locks when nobody has touched the desk for so long; 0 = never by itself."""


policy_in_force = InForce(SeatPolicy)


def read_policy(text: str) -> SeatPolicy:
    """A policy from YAML. Raises ``UserError("REFERENCE_POLICY")``."""
    try:
        return SeatPolicy.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise UserError("REFERENCE_POLICY", detail=f"{where}: {first['msg']}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError("REFERENCE_POLICY", detail=str(error).splitlines()[0]) from error
