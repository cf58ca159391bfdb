"""Submitted tickets at the seat: putting them right, and their later life at the centre."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from app.domain.amending import Conflict
from app.domain.life import Stage
from app.domain.ticket import Ticket, TicketContent
from app.settings import Settings
from app.sync.cases import (
    CallerRevealed,
    CaseLine,
    CaseShown,
    RevealRequest,
    StageReached,
    StepRequest,
)
from app.sync.reviews import Outcomes
from resources.errors import UserError

if TYPE_CHECKING:
    from app.storage.seat_store import SeatStore

T = TypeVar("T")
_CODES = {
    "CASE_TAKEN": "CASE_TAKEN",
    "TICKET_UNKNOWN": "CASE_GONE",
    "STEP_NOT_NOW": "CASE_GONE",
    "STEP_NOT_YOURS": "CASE_NOT_YOURS",
    "NOT_ALLOWED": "CASE_NOT_YOURS",
    "EXTENSION_NOT_NOW": "CASE_GONE",
}
"""What the centre says, and what the operator reads; everything else is ``CASE_REFUSED``."""


class AfterDispatch:
    """Every method blocks and raises ``UserError``. Amendments wait in the outbox like tickets; queues
    are the centre's and need it."""

    def __init__(
        self,
        store: Callable[[], SeatStore],
        settings: Callable[[], Settings],
        amended: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._amended = amended

    def amend(self, ticket_id: str, content: TicketContent, words: str) -> Ticket:
        """Put a submitted ticket right, here now and at the centre as soon as it answers."""
        ticket = self._store().amend(ticket_id, content, words, self._settings().seat)
        self._amended()
        return ticket

    def conflicts(self, ticket_id: str) -> Mapping[str, Conflict]:
        """Fields that this seat and the centre changed at the same time, with both values."""
        return self._store().conflicts(ticket_id)

    def queue(self, stage: Stage, tell_caller: bool = False) -> tuple[CaseLine, ...]:
        """The tickets of a queue, due first; ``tell_caller``: the caller must hear of an extension."""
        path = f"/cases?stage={stage}" + ("&tell_caller=true" if tell_caller else "")
        return self._ask(tuple[CaseLine, ...], "GET", path)

    def outcomes(self) -> Mapping[str, tuple[str, ...]]:
        """Of this seat's newest tickets, what a reviewer should know: flags by ticket."""
        return self._ask(Outcomes, "GET", "/outcomes").flags

    def case(self, ticket_id: str) -> CaseShown:
        """One ticket with its timeline and what this seat may do with it."""
        return self._ask(CaseShown, "GET", f"/cases/{quote(ticket_id, safe='')}")

    def take(self, ticket_id: str) -> None:
        """Take a ticket of a queue for a while, so that no other seat calls the same caller."""
        self._ask(type(None), "POST", f"/cases/{quote(ticket_id, safe='')}/take")

    def step(self, ticket_id: str, wanted: StepRequest) -> Stage:
        """Take a step; the stage it led to."""
        path = f"/cases/{quote(ticket_id, safe='')}/steps"
        return self._ask(StageReached, "POST", path, wanted).stage

    def reveal(self, ticket_id: str, reason: str) -> CallerRevealed:
        """Who called; the reason stands in the centre's audit log."""
        path = f"/cases/{quote(ticket_id, safe='')}/caller"
        try:
            request = RevealRequest(reason=reason)
        except ValidationError:
            raise UserError("REASON_NEEDED") from None
        return self._ask(CallerRevealed, "POST", path, request)

    def _ask(self, kind: type[T], method: str, path: str, message: BaseModel | None = None) -> T:
        from app.sync.client import BatchRefused, CentreClient, check_address
        from app.sync.delivery import logged_in

        if not self._settings().server_url:
            raise UserError("NO_CENTRE")
        address, store = check_address(self._settings().server_url), self._store()

        async def ask() -> JsonValue:
            async with CentreClient(address) as centre:
                return await logged_in(
                    store, centre, lambda token: centre.ask(token, method, path, message)
                )

        try:
            answer = asyncio.run(ask())
        except BatchRefused as refusal:
            code = _CODES.get(refusal.code, "CASE_REFUSED")
            raise UserError(code, detail=refusal.code) from None
        try:
            found: T = TypeAdapter(kind).validate_python(answer)
        except ValidationError as error:
            raise UserError("CENTRE_GARBLED", url=address) from error
        return found
