"""Recordings of calls, as they come in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("seat", sa.String(64), sa.ForeignKey("seat.name"), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file_key", sa.String(96), nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "recording_part",
        sa.Column("call_id", sa.String(64), sa.ForeignKey("recording.call_id"), primary_key=True),
        sa.Column("offset", sa.BigInteger, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
