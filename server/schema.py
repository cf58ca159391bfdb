"""The tables of the centre, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.types import TypeDecorator

REVISION = "0016"
"""The Alembic revision that these tables correspond to."""

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """A moment with its zone; SQLite, which knows no zones, keeps UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


seat = Table(
    "seat",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("seat", ForeignKey("seat.name"), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

login_failure = Table(
    "login_failure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("who", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("login_failure_by_who", "who", "at"),
)

operation = Table(
    "operation",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("ticket_id", String(64), nullable=False, index=True),
    Column("content_hash", String(64), nullable=False),
    Column("seat", ForeignKey("seat.name"), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("status", String(16)),
    Column("number", String(64)),
    Column("reason", String(64)),
)
"""Every operation that was decided, with its answer: a repeat gets the same one."""

ticket = Table(
    "ticket",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", String(64), nullable=False, unique=True),
    Column("seat", ForeignKey("seat.name"), nullable=False, index=True),
    Column("content_hash", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("forgotten_at", Instant),
)
"""``submitted_at`` is by the centre's clock, whatever the seat's showed; ``payload`` keeps that too."""

day_number = Table(
    "day_number",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last official number given on a day."""

change = Table(
    "change",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("seat", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("body", Text),
    Column("at", Instant, nullable=False),
    UniqueConstraint("kind", "key", "seat"),
    Index("change_by_seat", "seat", "seq"),
    sqlite_autoincrement=True,
)
"""What the seats are told, in the newest state of each thing; ``seat`` empty = all seats."""

person = Table(
    "person",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("roles", String(255), nullable=False),
    Column("unit", String(128), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Somebody with a login of their own; ``roles`` separated by spaces, ``unit`` of a handling unit."""

person_token = Table(
    "person_token",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("person", ForeignKey("person.name"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("family", String(32), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("used", Boolean, nullable=False),
)
"""``family`` = everything that came from one login and ends with it at ``ends_at``."""

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Only ever appended to; see ``server/audit.py``."""

ticket_life = Table(
    "ticket_life",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("stage", String(16), nullable=False),
    Column("unit", String(128), nullable=False),
    Column("started_at", Instant, nullable=False, index=True),
    Column("due_at", Instant),
    Column("remind_at", Instant, index=True),
    Column("extension_until", Instant),
    Column("escalated", Integer, nullable=False),
    Column("objected", Boolean, nullable=False),
    Column("unsolved", Integer, nullable=False),
    Column("taken_by", String(64), nullable=False, default=""),
    Column("taken_until", Instant),
    Column("tell_caller", Boolean, nullable=False, default=False),
    Index("ticket_life_by_stage", "stage", "due_at", "ticket_id"),
    Index("ticket_life_by_unit", "unit", "stage", "due_at", "ticket_id"),
    Index(
        "ticket_life_to_tell",
        "due_at",
        postgresql_where=text("tell_caller"),
        sqlite_where=text("tell_caller"),
    ),
)
"""Where a ticket is now; ``unit`` leads. ``remind_at`` = when somebody must be told next."""

ticket_assistant = Table(
    "ticket_assistant",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("unit", String(128), primary_key=True, index=True),
    Column("answered", Boolean, nullable=False),
)
"""Units that assist 协办, by dispatch or because the lead whistled 吹哨."""

ticket_event = Table(
    "ticket_event",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("who", String(64), nullable=False),
    Column("unit", String(128), nullable=False),
    Column("step", String(24), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("detail", Text, nullable=False),
)
"""The timeline of a ticket."""

ticket_matter = Table(
    "ticket_matter",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("item", String(64), nullable=False),
    Column("district", String(64), nullable=False),
    Column("street", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("joins", String(64), nullable=False, index=True),
    Column("told_at", Instant, index=True),
)
"""What a ticket is about, where and when (empty = not known), and the ticket that its caller joined.
``told_at`` = when all seats were told; none = they still have to be."""

ticket_amendment = Table(
    "ticket_amendment",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("who", String(64), nullable=False),
    Column("stamp", String(96), nullable=False),
    Column("before", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("words", Text, nullable=False),
)
"""What was put right in a ticket: values by field before, as wanted, and as they then were."""

ticket_callback = Table(
    "ticket_callback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("unit", String(128), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("type", String(16), nullable=False),
    Column("handling", String(16), nullable=False),
    Column("contacted", Boolean, nullable=False),
    Column("solved", Boolean, nullable=False),
    Column("satisfaction", String(16), nullable=False),
)
"""Answers of callbacks 回访, with what decides whether they count."""

public_article = Table("public_article", metadata, Column("article_id", String(255), primary_key=True))
"""Published articles that citizens may read as well; whoever is not here is for the seats."""

api_key = Table(
    "api_key",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)
"""Keys of programs that send requests through Open311."""

web_request = Table(
    "web_request",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("service_code", String(16), nullable=False),
    Column("lat", String(32), nullable=False),
    Column("long", String(32), nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("requested_at", Instant, nullable=False, index=True),
)
"""What Open311 knows of a ticket that came that way; ``digest`` recognises a repeat."""
recording = Table(
    "recording",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("seat", ForeignKey("seat.name"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("file_key", String(96), nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("complete_at", Instant),
)
"""A call's recording, sealed as its seat wrote it, and the key that opens this one."""

recording_part = Table(
    "recording_part",
    metadata,
    Column("call_id", ForeignKey("recording.call_id"), primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

report = Table(
    "report",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("begin", Date, primary_key=True),
    Column("form", String(8), primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Reports as they were made, in every form; ``begin`` = first day of the period."""

call_transcript = Table(
    "call_transcript",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("seat", ForeignKey("seat.name"), nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
)
"""What was said in a call, as its seat heard it: for reviews."""

review = Table(
    "review",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("reviewer", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
"""What a team lead found in a call; one of each for a ticket."""

gap = Table(
    "gap",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("seat", ForeignKey("seat.name"), nullable=False),
    Column("deed", String(16), nullable=False),
    Column("words", String(200), nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("settled_at", Instant),
    Index("gap_by_words", "deed", "words"),
    sqlite_autoincrement=True,
)
"""What no article answered; a settled one stays for a while, so that a repeat is known."""

reference_use = Table(
    "reference_use",
    metadata,
    Column("seat", ForeignKey("seat.name"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
"""What each seat told last of the reference data that it uses: a ``ReferenceUse``."""

notice = Table(
    "notice",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("id", String(32), nullable=False),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False),
    Column("who", String(128), nullable=False),
    Column("way", String(8), nullable=False),
    Column("address", Text, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("at", Instant, nullable=False),
    Column("next_at", Instant, index=True),
    Column("tries", Integer, nullable=False),
    Column("done_at", Instant, index=True),
    Column("failed", String(32)),
)
"""What ``who`` (a unit or a role) is told outside the pages. ``next_at`` = when it is tried (again);
none = over: sent, or given up for the reason ``failed``."""
