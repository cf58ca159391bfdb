"""Amendments; who is at a ticket of the queues; whose caller must hear of an extension."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "ticket_amendment",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True
        ),
        sa.Column("ticket_id", sa.String(64), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("stamp", sa.String(96), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.add_column(
        "ticket_life", sa.Column("taken_by", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("ticket_life", sa.Column("taken_until", sa.DateTime(timezone=True)))
    op.add_column(
        "ticket_life",
        sa.Column("tell_caller", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_ticket_amendment_ticket_id", "ticket_amendment", ["ticket_id"])
