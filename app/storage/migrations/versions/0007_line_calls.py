"""The log of calls: also of those that nobody answered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "line_call",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("began_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32), nullable=False),
        sa.Column("number", sa.String),
        sa.Column("phase", sa.String, nullable=False),
        sa.Column("spent", sa.JSON, nullable=False),
        sa.Column("sent_to", sa.String, nullable=False),
        sa.Column("call_id", sa.String),
        sa.Column("called_back", sa.Boolean, nullable=False),
    )
    op.create_index("ix_line_call_began_at", "line_call", ["began_at"])
