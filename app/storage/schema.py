"""The tables of the seat's database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

REVISION = "0007"
"""The Alembic revision that these tables correspond to."""

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """A moment, kept as ISO 8601 text in UTC (sorts by time)."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

call = Table(
    "call",
    metadata,
    Column("id", String, primary_key=True),
    Column("started_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
    Column("source", Text, nullable=False),
    Column("caller_line", String),
)

line_call = Table(
    "line_call",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("began_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant, nullable=False),
    Column("number", String),
    Column("phase", String, nullable=False),
    Column("spent", JSON, nullable=False),
    Column("sent_to", String, nullable=False),
    Column("call_id", String),
    Column("called_back", Boolean, nullable=False),
)

utterance = Table(
    "utterance",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("call_id", ForeignKey("call.id"), nullable=False),
    Column("id", String, nullable=False),
    Column("speaker", String, nullable=False),
    Column("start", Float, nullable=False),
    Column("end", Float, nullable=False),
    Column("text", Text, nullable=False),
    Column("heard", Text, nullable=False),
    Column("engine", String, nullable=False),
    Column("confidence", Float),
    Column("words", JSON, nullable=False),
    UniqueConstraint("call_id", "id"),
)

draft = Table(
    "draft",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("call_id", ForeignKey("call.id"), nullable=False),
    Column("body", JSON, nullable=False),
    Column("discarded", Boolean, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", String, primary_key=True),
    Column("call_id", ForeignKey("call.id"), nullable=False, index=True),
    Column("submitted_at", Instant, nullable=False, index=True),
    Column("number", String),
    Column("body", JSON, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("operation_id", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("number", String),
    Column("reason", String),
    CheckConstraint("state IN ('waiting', 'accepted', 'refused')", name="outbox_state"),
    Index("outbox_by_state", "state", "seq"),
    sqlite_autoincrement=True,
)

article = Table(
    "article",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("newest", Boolean, nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

told = Table(
    "told",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body", JSON(none_as_null=True)),
)
"""What the centre told this seat, also kinds that only a newer program understands."""

uploaded = Table(
    "uploaded",
    metadata,
    Column("call_id", ForeignKey("call.id"), primary_key=True),
    Column("at", Instant, nullable=False),
)
"""Calls whose recording the centre has, whole."""

knowledge_use = Table(
    "knowledge_use",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("deed", String, nullable=False),
    Column("article_id", String, nullable=False),
    Column("category", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("id", String, nullable=False),
    Column("to_send", Boolean, nullable=False),
    Index("knowledge_use_by_article", "article_id"),
    Index("knowledge_use_by_id", "id"),
    Index("knowledge_use_to_send", "to_send", "seq"),
)
"""What was done with articles here, and what was looked for in vain; see ``app/knowledge_use.py``.
``to_send`` = the centre has not confirmed it yet; it hears of ``MISSING`` alone."""

reference = Table(
    "reference",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("content", Text),
    Column("arrived_at", Instant, nullable=False),
    Column("sound", Boolean, nullable=False),
    Column("refusal", Text),
    Index("reference_by_name", "name", "seq"),
    sqlite_autoincrement=True,
)
"""Reference data of the centre, newest last: what arrived, what was found usable, and why not.
No ``content`` = what ships with the program holds."""

seat_user = Table(
    "seat_user",
    metadata,
    Column("name", String, primary_key=True),
    Column("verifier", String, nullable=False),
    Column("generation", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Instant),
)
"""People who have logged in here; ``verifier`` is an argon2 hash that this seat made itself."""
