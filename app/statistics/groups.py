"""Groups of near-duplicates in the database: joined as tickets come in, read for pages and reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.statistics.grouping import LATELY, MOST_FIRST, Sketch, group_alike, unpacked
from app.statistics.page import MEASURES, Group, Period
from app.statistics.tables import fact, first_ticket, tally

LEAST = 2
"""Tickets of a period that make a group worth showing."""
_ROWS = 500
_MOST = 2000
"""Groups of the leading matters that are looked at for the largest of each."""


def join_groups(connection: Connection, fresh: Sequence[Sketch]) -> Mapping[str, str]:
    """The group of each new ticket that is like an earlier one; remembers the others for later ones."""
    if not fresh:
        return {}
    oldest = min(one.at for one in fresh) - LATELY
    connection.execute(delete(first_ticket).where(first_ticket.c.at < oldest))
    earlier = _first_tickets(connection, sorted({one.stream for one in fresh}))
    groups, first = group_alike(fresh, earlier.values(), _groups_of(connection, fresh))
    moved = [one for name, one in first.items() if earlier.get(name) != one]
    for begin in range(0, len(moved), _ROWS):
        some = moved[begin : begin + _ROWS]
        ids = [one.ticket_id for one in some]
        connection.execute(delete(first_ticket).where(first_ticket.c.ticket_id.in_(ids)))
        connection.execute(insert(first_ticket), [one.row() for one in some])
    return {name: group for name, group in groups.items() if group != name}


def begin_groups(connection: Connection, names: Collection[str]) -> set[date]:
    """Let tickets that were alone until now begin their groups; their days."""
    days: set[date] = set()
    every = sorted(names)
    for begin in range(0, len(every), _ROWS):
        alone = fact.c.ticket_id.in_(every[begin : begin + _ROWS]) & (fact.c.alike == "")
        days |= set(connection.scalars(select(fact.c.day).where(alone).distinct()))
        connection.execute(update(fact).where(alone).values(alike=fact.c.ticket_id))
    return days


def read_groups(
    connection: Connection, period: Period, limit: int, offset: int = 0
) -> tuple[Group, ...]:
    """The groups with most tickets in a period."""
    tickets = func.sum(tally.c.tickets)
    chosen = (
        select(tally.c.value)
        .where(tally.c.dimension == "alike", tally.c.day.between(period.begin, period.end))
        .group_by(tally.c.value)
        .having(tickets >= LEAST)
        .order_by(tickets.desc(), tally.c.value)
        .limit(limit)
        .offset(offset)
    )
    return _read(connection, period, connection.scalars(chosen).all())


def largest_of(
    connection: Connection, period: Period, streams: Mapping[str, str], each: int
) -> Mapping[str, tuple[Group, ...]]:
    """The largest groups of each matter in a period. ``streams`` = stream → matter."""
    tickets = func.sum(tally.c.tickets)
    chosen = (
        select(tally.c.value, fact.c.stream)
        .join(fact, fact.c.ticket_id == tally.c.value)
        .where(tally.c.dimension == "alike", tally.c.day.between(period.begin, period.end))
        .where(fact.c.stream.in_(list(streams)))
        .group_by(tally.c.value, fact.c.stream)
        .having(tickets >= LEAST)
        .order_by(tickets.desc(), tally.c.value)
        .limit(_MOST)
    )
    names: dict[str, list[str]] = defaultdict(list)
    for name, stream in connection.execute(chosen):
        if len(names[streams[stream]]) < each:
            names[streams[stream]].append(name)
    found = _read(connection, period, [name for some in names.values() for name in some])
    groups: dict[str, list[Group]] = defaultdict(list)
    for one in found:
        groups[streams[one.stream]].append(one)
    return {matter: tuple(some) for matter, some in groups.items()}


def _read(connection: Connection, period: Period, names: Sequence[str]) -> tuple[Group, ...]:
    """Groups by name, in the order of ``names``; without those whose first ticket is not known."""
    sums = [func.sum(tally.c[name]).label(name) for name in MEASURES]
    rows = connection.execute(
        select(
            tally.c.value,
            fact.c.stream,
            fact.c.street,
            func.min(tally.c.day).label("begin"),
            func.max(tally.c.day).label("end"),
            *sums,
        )
        .join(fact, fact.c.ticket_id == tally.c.value)
        .where(tally.c.dimension == "alike", tally.c.day.between(period.begin, period.end))
        .where(tally.c.value.in_(names))
        .group_by(tally.c.value, fact.c.stream, fact.c.street)
    )
    found = {row.value: _group(row) for row in rows}
    return tuple(found[name] for name in names if name in found)


def _group(row: Row[Any]) -> Group:
    sums = {name: int(getattr(row, name)) for name in MEASURES}
    return Group(row.value, row.stream, row.street, row.begin, row.end, sums)


def _first_tickets(connection: Connection, streams: Sequence[str]) -> dict[str, Sketch]:
    """The newest first tickets of each stream."""
    found = {}
    place = func.row_number().over(
        partition_by=first_ticket.c.stream, order_by=first_ticket.c.at.desc()
    )
    for begin in range(0, len(streams), _ROWS):
        some = first_ticket.c.stream.in_(streams[begin : begin + _ROWS])
        ranked = select(first_ticket, place.label("place_in_stream")).where(some).subquery()
        newest = select(ranked).where(ranked.c.place_in_stream <= MOST_FIRST)
        for row in connection.execute(newest):
            pairs = unpacked(row.place), unpacked(row.words)
            found[row.ticket_id] = Sketch(row.ticket_id, row.at, row.stream, row.street, *pairs)
    return found


def _groups_of(connection: Connection, fresh: Sequence[Sketch]) -> Mapping[str, str]:
    """The groups of the tickets that callers joined."""
    joined = sorted({one.joins for one in fresh if one.joins})
    groups = {}
    for begin in range(0, len(joined), _ROWS):
        known = fact.c.ticket_id.in_(joined[begin : begin + _ROWS])
        for name, group in connection.execute(select(fact.c.ticket_id, fact.c.alike).where(known)):
            groups[name] = group or name
    return groups
