"""Which fields a ticket must have before it can be submitted."""

from __future__ import annotations

from app.domain.draft import get_field, is_empty
from app.domain.ticket import Handling, TicketContent

_ALWAYS = ("type", "handling", "subject", "summary")
_ALSO = {
    Handling.DISPATCH: ("category", "units"),
    Handling.DUAL_DISPATCH: ("category", "units"),
    Handling.EMERGENCY: ("emergency_line", "units"),
    Handling.OTHER_CHANNEL: ("channel",),
}


def missing_fields(content: TicketContent) -> tuple[str, ...]:
    """Names of the required fields that are still empty, in the order of the form.

    A ticket that joins an earlier one goes where that one went: no units are asked for.
    """
    wanted = (*_ALWAYS, *(_ALSO.get(content.handling, ()) if content.handling else ()))
    return tuple(
        name
        for name in wanted
        if is_empty(get_field(content, name)) and not (name == "units" and content.joins)
    )
