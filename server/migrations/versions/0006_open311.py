"""Requests that come through Open311, and the keys of programs that send them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "web_request",
        sa.Column("ticket_id", sa.String(64), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("service_code", sa.String(16), nullable=False),
        sa.Column("lat", sa.String(32), nullable=False),
        sa.Column("long", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("requested_at", INSTANT, nullable=False, index=True),
    )
