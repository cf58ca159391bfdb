"""The three rates 三率 of each unit, over the callbacks that the centre's rules let count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from server.database import CentreDatabase
from server.life.rules import Evaluation, life_rules
from server.schema import ticket_callback


@dataclass(frozen=True, slots=True)
class UnitRates:
    """Of ``counted`` tickets: shares contacted 响应率, solved 解决率, satisfied 满意率 (0 to 1)."""

    unit: str
    counted: int
    contacted: float
    solved: float
    satisfied: float


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """One callback, as far as it counts."""

    ticket_id: str
    unit: str
    type: str
    handling: str
    contacted: bool
    solved: bool
    satisfaction: str


def rates(answers: Iterable[CallbackAnswer], scope: Evaluation) -> tuple[UnitRates, ...]:
    """The rates by unit; ``answers`` in the order in which they were given."""
    chosen: dict[tuple[str, str], CallbackAnswer] = {}
    for answer in answers:
        if answer.type in scope.types_left_out or answer.handling in scope.left_out_when:
            continue
        key = (answer.unit, answer.ticket_id)
        if scope.callback == "last" or key not in chosen:
            chosen[key] = answer
    units: dict[str, list[CallbackAnswer]] = {}
    for answer in chosen.values():
        units.setdefault(answer.unit, []).append(answer)
    return tuple(
        UnitRates(
            unit,
            len(mine),
            sum(one.contacted for one in mine) / len(mine),
            sum(one.solved for one in mine) / len(mine),
            sum(one.satisfaction in scope.satisfied for one in mine) / len(mine),
        )
        for unit, mine in sorted(units.items())
    )


def unit_rates(
    database: CentreDatabase, since: datetime, until: datetime, unit: str | None = None
) -> tuple[UnitRates, ...]:
    """The rates of callbacks in a stretch of time."""
    table = ticket_callback.c
    query = (
        select(ticket_callback).where(table.at >= since, table.at < until).order_by(table.at, table.id)
    )
    if unit is not None:
        query = query.where(table.unit == unit)
    with database.read() as connection:
        answers = [
            CallbackAnswer(
                row.ticket_id,
                row.unit,
                row.type,
                row.handling,
                row.contacted,
                row.solved,
                row.satisfaction,
            )
            for row in connection.execute(query)
        ]
    return rates(answers, life_rules().evaluation)
