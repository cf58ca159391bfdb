"""The three rates 三率 of each unit, over the callbacks that the centre's rules let count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, case, func, select

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


def counted_callbacks(scope: Evaluation, *where: ColumnElement[bool], by_unit: bool = True) -> Subquery:
    """Of the callbacks ``where``, the one that counts for each ticket (and unit); none for a ticket
    that is out of the evaluation's scope."""
    table = ticket_callback.c
    keys = (table.unit, table.ticket_id) if by_unit else (table.ticket_id,)
    order = (table.at.desc(), table.id.desc()) if scope.callback == "last" else (table.at, table.id)
    ranked = (
        select(
            table.ticket_id,
            table.unit,
            table.contacted,
            table.solved,
            table.satisfaction.in_(scope.satisfied).label("satisfied"),
            func.row_number().over(partition_by=keys, order_by=order).label("place"),
        )
        .where(
            table.type.not_in(scope.types_left_out),
            table.handling.not_in(scope.left_out_when),
            *where,
        )
        .subquery()
    )
    return select(ranked).where(ranked.c.place == 1).subquery()


def unit_rates(
    database: CentreDatabase, since: datetime, until: datetime, unit: str | None = None
) -> tuple[UnitRates, ...]:
    """The rates of callbacks in a stretch of time."""
    table = ticket_callback.c
    where = [table.at >= since, table.at < until]
    if unit is not None:
        where.append(table.unit == unit)
    chosen = counted_callbacks(life_rules().evaluation, *where).c
    answers = (chosen.contacted, chosen.solved, chosen.satisfied)
    shares = [func.avg(case((answer, 1.0), else_=0.0)) for answer in answers]
    query = select(chosen.unit, func.count(), *shares).group_by(chosen.unit).order_by(chosen.unit)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return tuple(UnitRates(row[0], row[1], *map(float, row[2:])) for row in rows)
