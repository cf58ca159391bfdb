"""Tickets after dispatch: stage, assistants, timeline, callbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)
SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def ticket_id(**more) -> sa.Column:
    return sa.Column("ticket_id", sa.String(64), sa.ForeignKey("ticket.id"), **more)


def upgrade() -> None:
    op.create_table(
        "ticket_life",
        ticket_id(primary_key=True),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(128), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False, index=True),
        sa.Column("due_at", INSTANT),
        sa.Column("remind_at", INSTANT, index=True),
        sa.Column("extension_until", INSTANT),
        sa.Column("escalated", sa.Integer, nullable=False),
        sa.Column("objected", sa.Boolean, nullable=False),
        sa.Column("unsolved", sa.Integer, nullable=False),
    )
    op.create_index("ticket_life_by_stage", "ticket_life", ["stage", "due_at"])
    op.create_index("ticket_life_by_unit", "ticket_life", ["unit", "stage"])
    op.create_table(
        "ticket_assistant",
        ticket_id(primary_key=True),
        sa.Column("unit", sa.String(128), primary_key=True, index=True),
        sa.Column("answered", sa.Boolean, nullable=False),
    )
    op.create_table(
        "ticket_event",
        sa.Column("seq", SEQ, primary_key=True),
        ticket_id(nullable=False, index=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(128), nullable=False),
        sa.Column("step", sa.String(24), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "ticket_callback",
        sa.Column("id", sa.Integer, primary_key=True),
        ticket_id(nullable=False, index=True),
        sa.Column("unit", sa.String(128), nullable=False),
        sa.Column("at", INSTANT, nullable=False, index=True),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("handling", sa.String(16), nullable=False),
        sa.Column("contacted", sa.Boolean, nullable=False),
        sa.Column("solved", sa.Boolean, nullable=False),
        sa.Column("satisfaction", sa.String(16), nullable=False),
    )
