"""Reports that the centre made."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("begin", sa.Date, primary_key=True),
        sa.Column("form", sa.String(8), primary_key=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
