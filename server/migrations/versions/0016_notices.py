"""What units, reviewers and team leads are told outside the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True
        ),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("ticket_id", sa.String(64), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("failed", sa.String(32)),
    )
    op.create_index("ix_notice_next_at", "notice", ["next_at"])
    op.create_index("ix_notice_done_at", "notice", ["done_at"])
