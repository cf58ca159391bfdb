"""The tables of the statistics, the same on SQLite and PostgreSQL.

Everything in them is derived from tickets: they are not migrated or backed up but built again when
``VERSION`` differs from the one they were built with (``app/statistics/keeping.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    case,
    cast,
    literal,
    text,
)

VERSION = 5
OPEN = "dispatched = 1 AND reported_at IS NULL"
"""Tickets that a unit still has; written out, so that the index of these few is found."""
metadata = MetaData()

fact = Table(
    "stat_fact",
    metadata,
    Column("ticket_id", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    Column("type", String(16), nullable=False),
    Column("handling", String(16), nullable=False),
    Column("category", String(32), nullable=False),
    Column("district", String(64), nullable=False),
    Column("street", String(128), nullable=False),
    Column("stream", String(128), nullable=False),
    Column("unit", String(128), nullable=False),
    Column("seat", String(64), nullable=False),
    Column("risk", String(32), nullable=False),
    Column("dispatched", SmallInteger, nullable=False),
    Column("returned", SmallInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("reported_at", BigInteger),
    Column("counted", SmallInteger, nullable=False),
    Column("contacted", SmallInteger, nullable=False),
    Column("solved", SmallInteger, nullable=False),
    Column("satisfied", SmallInteger, nullable=False),
    Column("cited", SmallInteger, nullable=False),
    Column("talk_s", Integer),
    Column("wrap_s", Integer),
    Column("call", String(128), nullable=False),
    Column("alike", String(64), nullable=False),
    Index("stat_fact_by_day", "day", "at"),
    Index("stat_fact_by_category", "category", "at"),
    Index("stat_fact_by_street", "street", "at"),
    Index("stat_fact_by_unit", "unit", "at"),
    Index("stat_fact_by_stream", "stream", "at"),
    Index("stat_fact_open_by_due", "due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index("stat_fact_by_alike", "alike", "at"),
    Index("stat_fact_by_call", "call"),
)
"""A ticket as statistics see it: no name, number or word of a caller. Moments in seconds since 1970;
``street`` = district and street, ``stream`` = matter|district (``app/review/rising.py``), ``alike`` =
the first ticket of its group, empty while it is alone (``app/statistics/grouping.py``)."""

_F = fact.c


def _where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


_KNOWN = _F.talk_s.is_not(None)
MEASURES: Mapping[str, ColumnElement[int]] = {
    "tickets": literal(1),
    "dispatched": _F.dispatched,
    "returned": _F.returned,
    "met": _where((_F.dispatched == 1) & (_F.reported_at <= _F.due_at)),
    "late": _where((_F.dispatched == 1) & (_F.reported_at > _F.due_at)),
    "counted": _F.counted,
    "contacted": _F.contacted,
    "solved": _F.solved,
    "satisfied": _F.satisfied,
    "unsolved": _F.counted - _F.solved,
    "unsatisfied": _F.counted - _F.satisfied,
    "questions": _where(_F.handling == "answer"),
    "gaps": _where((_F.handling == "answer") & (_F.cited == 0)),
    "risky": _where(_F.risk != ""),
    "timed": _where(_KNOWN),
    "talk_s": case((_KNOWN, _F.talk_s), else_=0),
    "wrap_s": case((_KNOWN, _F.wrap_s), else_=0),
}
"""What is summed. The tickets behind a sum are those whose measure is above zero."""

DIMENSIONS: Mapping[str, ColumnElement[str]] = {
    "all": literal(""),
    "hour": cast(_F.hour, String(2)) + literal("|") + _F.type,
    "clock": cast(_F.hour, String(2)),
    "type": _F.type,
    "handling": _F.handling,
    "category": _F.category,
    "district": _F.district,
    "street": _F.street,
    "unit": _F.unit,
    "seat": _F.seat,
    "risk": _F.risk,
    "stream": _F.stream,
    "alike": _F.alike,
}
"""By what is summed; a ticket without a value (``""``) stands under ``all`` only."""

tally = Table(
    "stat_tally",
    metadata,
    Column("dimension", String(16), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", String(128), primary_key=True),
    *(Column(name, Integer, nullable=False) for name in MEASURES),
    Index("stat_tally_by_value", "dimension", "value", "day"),
)
"""Sums of a day's facts by one dimension: what the pages read."""

episode = Table(
    "stat_episode",
    metadata,
    Column("stream", String(128), primary_key=True),
    Column("begin", Date, primary_key=True),
    Column("end", Date, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("window", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("chance", Float, nullable=False),
)
"""Rising issues as found last; ``day`` and what follows are of the strongest alarm."""

first_ticket = Table(
    "stat_first",
    metadata,
    Column("ticket_id", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("stream", String(128), nullable=False),
    Column("street", String(128), nullable=False),
    Column("place", LargeBinary, nullable=False),
    Column("words", LargeBinary, nullable=False),
    Index("stat_first_by_stream", "stream", "at"),
)
"""What later tickets are compared with; ``at`` = of the newest ticket of its group."""

hearing = Table(
    "stat_hearing",
    metadata,
    Column("call_id", String(128), primary_key=True),
    Column("engine", String(64), primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("characters", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
)
"""Calls whose text somebody corrected: how many characters an engine got wrong."""

mark = Table(
    "stat_mark",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""How far the tables were built, and with which ``VERSION``."""
