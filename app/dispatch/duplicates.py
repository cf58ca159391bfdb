"""Duplicates and surges: the same matter at the same place lately, and many alike in one area.

Pure functions over plain rows; where the rows come from is the caller's business.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from app.domain.ticket import Ticket, TicketContent

LATELY = timedelta(days=30)
TOLD_LATELY = timedelta(days=2)
"""How long a ticket counts of which only the street is known: another seat's, told by the centre."""
ALIKE = 0.55
"""From this likeness on a ticket is shown beside the new one."""
SURGE_COUNT, SURGE_WINDOW = 5, timedelta(hours=2)
_MATTER = 6
"""Digits of a catalogue code that name the matter; a fourth level is the same matter."""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """What is compared of a ticket. ``item`` = code of the catalogue, ``matter`` = its name.

    ``joins`` = the ticket that its caller joined; ``reporters`` = how many callers joined this one;
    ``answer`` = the title of the article that was quoted to the caller.
    """

    id: str
    at: datetime
    item: str | None
    district: str | None
    street: str | None
    place: str | None
    words: str = ""
    joins: str | None = None
    number: str = ""
    matter: str = ""
    reporters: int = 0
    answer: str = ""

    @property
    def told(self) -> bool:
        """Whether nothing but matter and street is known."""
        return not (self.place or self.words)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket about perhaps the same matter; ``differences`` are fields that both have and differ."""

    row: TicketRow
    likeness: float
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surge:
    """Many tickets alike in one area: its place, the matter, and the tickets, oldest first."""

    district: str
    street: str | None
    matter: str
    rows: tuple[TicketRow, ...]

    @property
    def answer(self) -> str:
        """The title of the article that its callers were quoted most, of equals the latest."""
        quoted = Counter(row.answer for row in reversed(self.rows) if row.answer)
        return max(quoted, key=quoted.__getitem__, default="")


def row_of(ticket: Ticket) -> TicketRow:
    """The row of a submitted ticket."""
    row = row_of_content(ticket.id, ticket.submitted_at, ticket.content)
    return replace(row, number=ticket.number or "")


def row_of_content(name: str, at: datetime, content: TicketContent) -> TicketRow:
    """The row of a ticket that is perhaps still being written."""
    return TicketRow(
        name,
        at,
        content.category.code if content.category else None,
        content.district,
        content.street,
        content.place,
        content.summary or content.subject or "",
        content.joins,
        matter=content.category.path[-1] if content.category and content.category.path else "",
        answer=content.citations[0].title if content.citations else "",
    )


def find_duplicates(
    new: TicketRow, past: Iterable[TicketRow], within: timedelta = LATELY, limit: int = 3
) -> tuple[Candidate, ...]:
    """Tickets about the same matter at the same place lately, likest first.

    Another matter or another district is never the same; a place must agree with what is known of it.
    A ticket that joined another one is left out: that one stands for it.
    """
    found = []
    for row in past:
        lately = min(within, TOLD_LATELY) if row.told else within
        if row.joins or row.id == new.id or not timedelta(0) <= new.at - row.at <= lately:
            continue
        likeness = _likeness(new, row)
        if likeness >= ALIKE:
            differing = tuple(
                name
                for name in ("item", "street", "place")
                if (one := getattr(new, name)) and (other := getattr(row, name)) and one != other
            )
            found.append(Candidate(row, round(likeness, 3), differing))
    found.sort(key=lambda one: (-one.likeness, new.at - one.row.at))
    return tuple(found[:limit])


def same_matter(one: TicketRow, other: TicketRow) -> bool:
    """Whether both are about one matter in one district."""
    return bool(
        one.item
        and other.item
        and one.item[:_MATTER] == other.item[:_MATTER]
        and one.district == other.district
    )


def same_place(one: TicketRow, other: TicketRow) -> bool:
    """Whether both name one place of one street, as far as words can tell."""
    return bool(
        one.place
        and other.place
        and (one.district, one.street) == (other.district, other.street)
        and _overlap(one.place, other.place) >= 0.5
    )


def _likeness(one: TicketRow, other: TicketRow) -> float:
    """0 to 1: half from the place, the rest from the item and the words."""
    if not one.item or not other.item or one.item[:_MATTER] != other.item[:_MATTER]:
        return 0.0
    if one.district and other.district and one.district != other.district:
        return 0.0
    if one.place and other.place:
        where = _overlap(one.place, other.place)
        if where < 0.5:
            return 0.0
    elif one.street and one.street == other.street:
        where = 0.4
    else:
        return 0.0
    if other.told:  # the very same item in the street has to do; another one of the matter does not
        return ALIKE if one.item == other.item else 0.0
    return 0.5 * where + 0.3 + 0.2 * _overlap(one.words, other.words)


def _overlap(one: str, other: str) -> float:
    """Share of the character pairs of the shorter text that stand in the other one too."""
    first, second = ({a + b for a, b in pairwise(text)} for text in (one, other))
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else float(one == other)


def find_surges(
    rows: Iterable[TicketRow],
    now: datetime,
    count: int = SURGE_COUNT,
    window: timedelta = SURGE_WINDOW,
) -> tuple[Surge, ...]:
    """Areas with at least ``count`` tickets of one matter within ``window`` before ``now``.

    An area is a street; what does not reach the count in any street is counted for its district.
    """
    recent: dict[tuple[str, str], list[TicketRow]] = defaultdict(list)
    for row in rows:
        if row.district and row.item and timedelta(0) <= now - row.at <= window:
            recent[row.district, row.item[:_MATTER]].append(row)
    surges: list[Surge] = []
    for (district, matter), group in recent.items():
        if len(group) < count:
            continue
        streets: dict[str | None, list[TicketRow]] = defaultdict(list)
        for row in group:
            streets[row.street].append(row)
        crowded = [street for street, some in streets.items() if street and len(some) >= count]
        surges += [_surge(district, street, matter, streets[street]) for street in crowded]
        rest = [row for row in group if row.street not in crowded]
        if len(rest) >= count:
            surges.append(_surge(district, None, matter, rest))
    return tuple(sorted(surges, key=lambda surge: -len(surge.rows)))


def _surge(district: str, street: str | None, matter: str, rows: Sequence[TicketRow]) -> Surge:
    return Surge(district, street, matter, tuple(sorted(rows, key=lambda row: row.at)))
