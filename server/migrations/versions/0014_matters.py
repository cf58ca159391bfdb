"""What tickets are about, for the seats; who joined whom."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "ticket_matter",
        sa.Column("ticket_id", sa.String(64), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("district", sa.String(64), nullable=False),
        sa.Column("street", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joins", sa.String(64), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
    )
    for name in ("joins", "told_at"):
        op.create_index(f"ix_ticket_matter_{name}", "ticket_matter", [name])
