"""Transcripts of calls, and what team leads found in them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "call_transcript",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("seat", sa.String(64), sa.ForeignKey("seat.name"), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "review",
        sa.Column("ticket_id", sa.String(64), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("reviewer", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
