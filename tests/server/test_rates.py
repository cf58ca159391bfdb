"""What callbacks say of units: contacted, solved, satisfied; what is counted is data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from life_at_centre import (
    CALLBACK,
    SEAT,
    STREET,
    UNIT,
    submit,
    take,
)
from sqlalchemy import insert, select

from app.domain.life import Stage, Step
from server.database import CentreDatabase
from server.life.rates import counted_callbacks, unit_rates
from server.life.rules import Evaluation, life_rules
from server.schema import ticket_callback


def test_rates_by_unit_with_the_scope_as_data(database: CentreDatabase) -> None:
    for solved, satisfaction in ((True, "satisfied"), (True, "partly"), (False, "dissatisfied")):
        ticket_id = submit(database)
        take(database, UNIT, ticket_id, Step.ACCEPT)
        answers = CALLBACK | {"solved": solved, "satisfaction": satisfaction}
        stage = Stage.HANDLING
        while stage is Stage.HANDLING:
            take(database, UNIT, ticket_id, Step.REPORT)
            stage = take(database, SEAT, ticket_id, Step.CALL_BACK, **answers)
    now = datetime.now(UTC)
    (mine,) = unit_rates(database, now - timedelta(days=1), now + timedelta(days=1))
    assert (mine.unit, mine.counted, mine.contacted) == (STREET, 3, 1.0)
    assert mine.solved == mine.satisfied == pytest.approx(2 / 3)


def test_left_out_of_the_rates(database: CentreDatabase) -> None:
    scope = life_rules().evaluation
    ticket_id = submit(database)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    with database.write() as connection:
        for day, solved in enumerate((False, True)):
            connection.execute(
                insert(ticket_callback).values(
                    ticket_id=ticket_id,
                    unit=STREET,
                    at=begin + timedelta(days=day),
                    type="投诉",
                    handling="dispatch",
                    contacted=True,
                    solved=solved,
                    satisfaction="satisfied" if solved else "dissatisfied",
                )
            )

    def counted(rules: Evaluation, *where: Any) -> list[tuple[bool, bool]]:
        with database.read() as connection:
            rows = connection.execute(select(counted_callbacks(rules, *where))).all()
        return [(bool(row.solved), bool(row.satisfied)) for row in rows]

    assert counted(scope) == [(True, True)]
    assert counted(replace(scope, callback="first")) == [(False, False)]
    assert counted(replace(scope, satisfied=frozenset({"dissatisfied"}))) == [(True, False)]
    assert counted(scope, ticket_callback.c.at < begin + timedelta(hours=1)) == [(False, False)]
    assert counted(replace(scope, types_left_out=frozenset({"投诉"}))) == []
    assert counted(replace(scope, left_out_when=frozenset({"dispatch"}))) == []
