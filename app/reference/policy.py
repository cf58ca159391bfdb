"""What a centre asks of its seats' people: logging in, how long without it, when the screen locks."""

from __future__ import annotations

from dataclasses import dataclass

from app.declared import check, declared, known
from resources.errors import UserError
from resources.in_force import InForce


@dataclass(frozen=True)
class SeatPolicy:
    """Rules for the people at a seat; published as YAML under the same names."""

    login_required: bool = declared(False)
    """Nobody works at the desk without having logged in."""
    offline_days: int = declared(7, least=1, most=90)
    """So long after a login at the centre somebody may log in at that seat without it."""
    lock_after_minutes: int = declared(10, least=0, most=480)
    """The screen locks when nobody has touched the desk for so long; 0 = never by itself."""

    def __post_init__(self) -> None:
        check(self)


policy_in_force = InForce(SeatPolicy)


def read_policy(text: str) -> SeatPolicy:
    """A policy from YAML. Raises ``UserError("REFERENCE_POLICY")``."""
    import yaml  # not before a window opens

    try:
        value = yaml.safe_load(text) or {}
        mine = known(SeatPolicy, value)
        if strange := [str(name) for name in value if name not in mine]:
            raise ValueError(f"{strange[0]}: ?")
        return SeatPolicy(**mine)
    except ValueError as error:
        raise UserError("REFERENCE_POLICY", detail=str(error)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError("REFERENCE_POLICY", detail=str(error).splitlines()[0]) from error
