"""When a ticket's caller was forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("forgotten_at", sa.DateTime(timezone=True)))
