"""Two versions of the catalogue: what differs, and what would change for past requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from app.dispatch.catalogue import Catalogue, CatalogueItem
from app.domain.call import Transcript
from app.domain.ticket import TicketContent
from app.intake.analyst import RuleAnalyst

ADDED, REMOVED = "added", "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``field`` is a field of the item, ``added`` or ``removed``."""

    code: str
    name: str
    field: str
    old: str = ""
    new: str = ""


def diff(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    """The differences from one version to the next, by code."""
    for code in sorted({*old.by_code, *new.by_code}):
        before, after = old.by_code.get(code), new.by_code.get(code)
        if before is None and after is not None:
            yield Change(code, after.name, ADDED, new="/".join(after.path))
        elif after is None and before is not None:
            yield Change(code, before.name, REMOVED, old="/".join(before.path))
        elif before is not None and after is not None and before != after:
            for field in fields(CatalogueItem):
                one, other = getattr(before, field.name), getattr(after, field.name)
                if one != other:
                    yield Change(code, after.name, field.name, *_differing(one, other))


def _differing(one: object, other: object) -> tuple[str, str]:
    """Both values in words; of word lists only what one has and the other has not."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        left, right = [*map(_word, one)], [*map(_word, other)]
        return (
            " ".join(word for word in left if word not in right),
            " ".join(word for word in right if word not in left),
        )
    return _word(one), _word(other)


def _word(value: object) -> str:
    return str(getattr(value, "written", None) or getattr(value, "wording", None) or value)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past request whose ticket would be another one under the new version."""

    id: str
    field: str
    old: str
    new: str


def replay(
    old: Catalogue, new: Catalogue, requests: Iterable[tuple[str, Transcript]]
) -> tuple[int, tuple[Replayed, ...]]:
    """How many requests were read, and what would change: category, first unit, limit, tickets.

    ``requests``: an id and what was said. Past tickets can be read by their summary.
    """
    before, after = RuleAnalyst(catalogue=old), RuleAnalyst(catalogue=new)
    changes: list[Replayed] = []
    count = 0
    for name, talk in requests:
        count += 1
        was, will = before.analyse(talk).tickets, after.analyse(talk).tickets
        if len(was) != len(will):
            changes.append(Replayed(name, "tickets", str(len(was)), str(len(will))))
        for one, other in zip(was, will, strict=False):
            changes += [
                Replayed(name, field, left, right)
                for field, left, right in _facts(one, other)
                if left != right
            ]
    return count, tuple(changes)


def _facts(one: TicketContent, other: TicketContent) -> Iterator[tuple[str, str, str]]:
    def category(content: TicketContent) -> str:
        found = content.category
        return f"{found.code} {'/'.join(found.path)}" if found else ""

    yield "category", category(one), category(other)
    yield "unit", one.units[0].name if one.units else "", other.units[0].name if other.units else ""
    yield "limit_hours", str(one.limit_hours or ""), str(other.limit_hours or "")
