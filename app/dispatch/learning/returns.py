"""Return memory 退单记忆: which unit gave which kind of ticket back, why, and where it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.dispatch.suggest import Case, Vote
from app.domain.ticket import Handling, UnitRole
from resources.texts import text as sentence

WORTH_SAYING = 2
"""One return may be a mistake of the unit; a second one is a practice."""
_STRONGEST = 0.85
_DETERRENT = 0.7


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
