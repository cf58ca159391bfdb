"""Calls with transcripts, drafts, tickets, the outbox and articles."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("started_at", sa.String(32), nullable=False, index=True),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("caller_line", sa.String),
    )
    op.create_table(
        "utterance",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id"), nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("start", sa.Float, nullable=False),
        sa.Column("end", sa.Float, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("heard", sa.Text, nullable=False),
        sa.Column("engine", sa.String, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("words", sa.JSON, nullable=False),
        sa.UniqueConstraint("call_id", "id"),
    )
    op.create_table(
        "draft",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id"), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("discarded", sa.Boolean, nullable=False),
        sa.Column("saved_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id"), nullable=False, index=True),
        sa.Column("submitted_at", sa.String(32), nullable=False, index=True),
        sa.Column("number", sa.String),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("operation_id", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("ticket_id", sa.String, sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("number", sa.String),
        sa.Column("reason", sa.String),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused')", name="outbox_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_state", "outbox", ["state", "seq"])
    op.create_table(
        "article",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("newest", sa.Boolean, nullable=False, index=True),
        sa.Column("body", sa.JSON, nullable=False),
    )
