"""A ticket as statistics see it, without anything a caller said or is called."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.city import city_time
from app.domain.ticket import Handling, Ticket, UnitRole

_MATTER = 6
_DAY = timedelta(days=1)
_DISPATCHED = (Handling.DISPATCH, Handling.DUAL_DISPATCH)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a ticket after it was submitted, as far as it is known.

    ``counted`` = its callback counts in the three rates; the rest of them only then. ``joined`` = its
    matter went to the unit with an earlier ticket, not once more with this one.
    """

    unit: str | None = None
    returned: bool = False
    due_at: datetime | None = None
    reported_at: datetime | None = None
    counted: bool = False
    contacted: bool = False
    solved: bool = False
    satisfied: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of ``stat_fact``; see there."""

    ticket_id: str
    at: int
    day: date
    hour: int
    type: str
    handling: str
    category: str
    district: str
    street: str
    stream: str
    unit: str
    seat: str
    risk: str
    dispatched: int
    returned: int
    due_at: int | None
    reported_at: int | None
    counted: int
    contacted: int
    solved: int
    satisfied: int
    cited: int
    talk_s: int | None
    wrap_s: int | None
    call: str = ""
    alike: str = ""

    def row(self) -> dict[str, Any]:
        """As values of the table."""
        return asdict(self)


def fact_of(ticket: Ticket, outcome: Outcome = Outcome()) -> Fact:
    """The fact of a ticket; times of the call are ``None`` where the seat did not tell them."""
    content, at = ticket.content, city_time(ticket.submitted_at)
    leads = [unit.name for unit in content.units if unit.role is UnitRole.LEAD]
    unit = outcome.unit if outcome.unit is not None else next(iter(leads), "")
    category = content.category.code if content.category else ""
    district = content.district or ""
    talk, wrap = _times(ticket)
    return Fact(
        ticket_id=ticket.id,
        at=int(at.timestamp()),
        day=at.date(),
        hour=at.hour,
        type=content.type.value if content.type else "",
        handling=content.handling.value if content.handling else "",
        category=category[:32],
        district=district[:64],
        street=f"{district}{content.street}"[:128] if content.street else "",
        stream=f"{category[:_MATTER]}|{district}"[:128] if category and district else "",
        unit=unit[:128],
        seat=ticket.seat[:64],
        risk=content.risks[0][:32] if content.risks else "",
        dispatched=int(not outcome.joined and (content.handling in _DISPATCHED or bool(outcome.unit))),
        returned=int(outcome.returned),
        due_at=_seconds(outcome.due_at),
        reported_at=_seconds(outcome.reported_at),
        counted=int(outcome.counted),
        contacted=int(outcome.counted and outcome.contacted),
        solved=int(outcome.counted and outcome.solved),
        satisfied=int(outcome.counted and outcome.satisfied),
        cited=len(content.citations),
        talk_s=talk,
        wrap_s=wrap,
        call=ticket.call_id[:128],
    )


def _times(ticket: Ticket) -> tuple[int | None, int | None]:
    """Seconds of talk, and from hanging up to submitting. Both or none, of a call within a day."""
    begin, end, sent = ticket.called_at, ticket.ended_at, ticket.submitted_at
    if begin is None or end is None or begin.tzinfo is None or end.tzinfo is None:
        return None, None
    if not begin <= end <= sent or sent - begin > _DAY:
        return None, None
    return int((end - begin).total_seconds()), int((sent - end).total_seconds())


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
