"""What the articles of the seats do not answer."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "gap",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False, unique=True),
        sa.Column("seat", sa.String(64), sa.ForeignKey("seat.name"), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,
    )
    op.create_index("gap_by_words", "gap", ["deed", "words"])
    op.create_index("ix_gap_received_at", "gap", ["received_at"])
