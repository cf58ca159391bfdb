"""Lessons 纠正 of this seat: where operators sent what the program had suggested elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from app.dispatch.voting import Case, Vote
from app.domain.ticket import Handling, Ticket, UnitRole
from resources.texts import text as sentence

_ONCE, _OFTEN = 0.6, 0.97
"""One correction may suit one case only; from the second on it is how the centre does it."""
_MOST = 2_000
_LAW = (Handling.EMERGENCY, Handling.OTHER_CHANNEL, Handling.DUAL_DISPATCH)
Lesson = tuple[str, str | None, str]
"""Code of the item, district, and the unit the operator chose."""


def lesson_of(ticket: Ticket) -> Lesson | None:
    """What a ticket teaches; ``None`` when its unit is the program's (such a unit has a proof)."""
    content = ticket.content
    if not content.units or content.category is None or "units" in content.proof:
        return None
    return content.category.code, content.district, content.units[0].name


class SeatLessons:
    """Votes by the seat's own corrections, in force with the next request; nothing is trained."""

    def __init__(self) -> None:
        self._lessons: Mapping[str, Lesson] = {}

    def learn(self, tickets: Iterable[Ticket]) -> int:
        """Take in submitted tickets, of each what it taught last; how many taught something."""
        found = {ticket.id: lesson for ticket in tickets if (lesson := lesson_of(ticket))}
        others = [one for one in self._lessons.items() if one[0] not in found]
        newest = [*others, *found.items()][-_MOST:]
        self._lessons = dict(newest)  # one assignment: readers need no lock
        return len(found)

    def forget(self, ticket_id: str) -> None:
        """Leave out a ticket that was taken back."""
        self._lessons = {name: one for name, one in self._lessons.items() if name != ticket_id}

    def votes(self, case: Case) -> Iterator[Vote]:
        """For the units to which operators moved requests of this item in this district."""
        if case.item is None or case.is_group or case.handling in _LAW:
            return
        here = (case.item.code, case.district)
        known = self._lessons.values()
        chosen = Counter(unit for code, district, unit in known if (code, district) == here)
        for unit, times in chosen.most_common(2):
            words = sentence("dispatch.corrected", "zh", times=times, unit=unit)
            yield Vote(unit, UnitRole.LEAD, _ONCE if times == 1 else _OFTEN, words)
