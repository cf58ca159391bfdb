"""What a submitted ticket teaches: where the operator sent what was suggested elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.ticket import Ticket
from app.events import Degraded, EventBus
from resources.errors import UserError

if TYPE_CHECKING:
    from app.parts import Parts


def learn_choice(parts: Parts, ticket: Ticket, bus: EventBus) -> None:
    """Take it in for the next request; that it cannot be kept is told."""
    if not parts.lessons().learn([ticket]):
        return
    if practice := parts.practice.built():
        practice.correct(ticket.content.summary or "", ticket.content.units[0].name)
        try:
            practice.keep()
        except UserError as error:
            bus.publish(Degraded("dispatch", error.code, str(error.values.get("detail", ""))))
