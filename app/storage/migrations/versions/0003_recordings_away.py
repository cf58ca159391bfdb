"""Which recordings the centre has."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "uploaded",
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id"), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
