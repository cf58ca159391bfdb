"""Tickets after dispatch over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from app.domain.life import Stage
from app.sync.protocol import Message
from server.asking import Database, Who
from server.life.rates import unit_rates
from server.life.showing import (
    CallerRevealed,
    CaseLine,
    CaseShown,
    case,
    cases,
    reveal_caller,
)
from server.life.steps import StepRequest, take_step
from server.rights import Role

router = APIRouter(prefix="/api/v1")
RATES_DAYS = 30


class RevealRequest(Message):
    """Why somebody needs to know who called."""

    reason: Annotated[str, Field(min_length=4, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]


class StageReached(Message):
    """Where a step has led."""

    stage: Stage


class RatesShown(Message):
    """The three rates of a unit; shares of ``counted`` tickets."""

    unit: str
    counted: int
    contacted: float
    solved: float
    satisfied: float


@router.get("/cases")
def list_cases(
    asker: Who,
    database: Database,
    stage: Stage | None = None,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> list[CaseLine]:
    """Tickets that the asker may see, by deadline; the queues are stages."""
    return list(cases(database, asker, stage, offset))


@router.get("/cases/{ticket_id}")
def show_case(ticket_id: str, asker: Who, database: Database) -> CaseShown:
    """One ticket with its timeline and the steps that the asker may take."""
    return case(database, asker, ticket_id)


@router.post("/cases/{ticket_id}/steps")
def step(ticket_id: str, wanted: StepRequest, asker: Who, database: Database) -> StageReached:
    """Take a step."""
    return StageReached(stage=take_step(database, asker, ticket_id, wanted))


@router.post("/cases/{ticket_id}/caller")
def reveal(ticket_id: str, wanted: RevealRequest, asker: Who, database: Database) -> CallerRevealed:
    """Who called; the reason goes into the audit log."""
    return reveal_caller(database, asker, ticket_id, wanted.reason)


@router.get("/rates")
def show_rates(
    asker: Who,
    database: Database,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> list[RatesShown]:
    """The three rates by unit, by default of the last 30 days; a unit sees its own."""
    end = until or datetime.now(UTC)
    unit = asker.unit if Role.HANDLING_UNIT in asker.roles else None
    return [
        RatesShown(
            unit=one.unit,
            counted=one.counted,
            contacted=one.contacted,
            solved=one.solved,
            satisfied=one.satisfied,
        )
        for one in unit_rates(database, since or end - timedelta(days=RATES_DAYS), end, unit)
    ]
