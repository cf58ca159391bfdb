"""Return memory 退单记忆: which unit gave which kind of ticket back, why, and where it went."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.dispatch.voting import Case, Vote
from app.domain.life import ObjectionReason
from app.domain.ticket import Handling, UnitRole
from resources.texts import text as sentence

if TYPE_CHECKING:
    from pydantic import JsonValue

WORTH_SAYING = 2
"""One return may be a mistake of the unit; a second one is a practice."""
_STRONGEST = 0.85
_DETERRENT = 0.7
_REASONS = frozenset(ObjectionReason)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Return:
    """One upheld return 退单: a ticket of an item (its code) left ``unit`` and went to ``then``.

    ``district`` is ``None`` where the place was not known. ``reason`` is the unit's, in short.
    """

    item: str
    unit: str
    reason: str
    then: str
    district: str | None = None


@dataclass(frozen=True)
class ReturnMemory:
    """All upheld returns; immutable, so that any thread may read while another adds."""

    returns: tuple[Return, ...] = ()

    def with_returns(self, more: Iterable[Return]) -> ReturnMemory:
        """The memory with further returns, in force at once."""
        return ReturnMemory((*self.returns, *more))

    def votes(self, case: Case) -> Iterator[Vote]:
        """For the units where returned tickets of this kind and district ended, with the story."""
        if case.item is None or case.handling in (Handling.EMERGENCY, Handling.OTHER_CHANNEL):
            return
        alike = [
            one
            for one in self.returns
            if one.item == case.item.code and one.district in (None, case.district)
        ]
        moves = Counter((one.unit, one.then) for one in alike)
        for (unit, then), times in sorted(moves.items(), key=lambda move: (-move[1], move[0])):
            if times >= WORTH_SAYING:
                reasons = Counter(o.reason for o in alike if (o.unit, o.then) == (unit, then))
                words = sentence(
                    "dispatch.returned",
                    "zh",
                    times=times,
                    unit=unit,
                    reason=reasons.most_common(1)[0][0],
                    then=then,
                )
                share = times / (times + 1)
                yield Vote(then, UnitRole.LEAD, _STRONGEST * share, words)
                yield Vote(unit, UnitRole.LEAD, -_DETERRENT * share, words)


class SeatReturns:
    """Votes by the returns that the centre told this seat of, whichever seat wrote the tickets."""

    def __init__(self) -> None:
        self._known: Mapping[str, Return] = {}
        self._memory = ReturnMemory()

    def follow(self, told: Mapping[str, JsonValue]) -> tuple[tuple[str, Return], ...]:
        """Everything the centre has told so far, by its key; what of it is new, with its key."""
        read = {key: one for key, body in told.items() if (one := _return_of(body))}
        fresh = tuple((key, one) for key, one in read.items() if key not in self._known)
        self._known, self._memory = read, ReturnMemory(tuple(read.values()))
        return fresh

    def votes(self, case: Case) -> Iterator[Vote]:
        """What the returns of this kind and district speak for, and against."""
        return self._memory.votes(case)


def _return_of(body: JsonValue) -> Return | None:
    from pydantic import ValidationError  # with the protocol, which the window does not wait for

    from app.sync.changes import ReturnTold

    try:
        told = ReturnTold.model_validate(body)
    except ValidationError:  # of a newer centre: kept, but of no use here
        log.warning("a return that the centre told cannot be read")
        return None
    reason = sentence(f"centre.reason_{told.reason}", "zh") if told.reason in _REASONS else told.reason
    return Return(told.item, told.unit, reason, told.then, told.district)
