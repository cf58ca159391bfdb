"""Tickets after dispatch over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from app.domain.life import Stage
from app.sync.cases import (
    AmendRequest,
    CallerRevealed,
    CaseLine,
    CaseShown,
    RevealRequest,
    StageReached,
    StepRequest,
)
from app.sync.protocol import Message
from server.asking import Database, Who
from server.audit import note
from server.life.amending import Amendment, amend_at_centre
from server.life.rates import unit_rates
from server.life.showing import case, cases, reveal_caller
from server.life.steps import take, take_step
from server.problems import Refused
from server.rights import Role

router = APIRouter(prefix="/api/v1")
RATES_DAYS = 30
TicketNumber = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")]


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
    tell_caller: bool = False,
    number: TicketNumber = "",
) -> list[CaseLine]:
    """Tickets that the asker may see, by deadline; the queues are stages. ``number``: the official or
    the provisional one."""
    return list(cases(database, asker, stage, offset, tell_caller, number=number))


@router.get("/cases/{ticket_id}")
def show_case(ticket_id: str, asker: Who, database: Database) -> CaseShown:
    """One ticket with its timeline and the steps that the asker may take."""
    return case(database, asker, ticket_id)


@router.post("/cases/{ticket_id}/steps")
def step(ticket_id: str, wanted: StepRequest, asker: Who, database: Database) -> StageReached:
    """Take a step."""
    return StageReached(stage=take_step(database, asker, ticket_id, wanted))


@router.post("/cases/{ticket_id}/take", status_code=204)
def take_case(ticket_id: str, asker: Who, database: Database) -> None:
    """Take a ticket of a queue for a quarter of an hour: others see who is at it."""
    take(database, asker, ticket_id)


@router.post("/cases/{ticket_id}/amend")
def amend(ticket_id: str, wanted: AmendRequest, asker: Who, database: Database) -> CaseShown:
    """Put right what the ticket says; a field that the seat changed as well keeps both in the log."""
    try:
        amendment = Amendment(id=ticket_id, base=wanted.base, wanted=wanted.wanted, words=wanted.words)
    except ValueError:
        raise Refused(422, "AMENDMENT_INVALID") from None
    now = datetime.now(UTC)
    with database.write() as connection:
        amend_at_centre(connection, amendment, asker.name, now)
        note(connection, asker.name, "ticket.amend", ticket_id, fields=sorted(wanted.wanted))
    return case(database, asker, ticket_id)


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
