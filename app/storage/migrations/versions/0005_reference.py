"""Reference data of the centre, and the people who have logged in at this seat."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "reference",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("arrived_at", sa.String(32), nullable=False),
        sa.Column("sound", sa.Boolean, nullable=False),
        sa.Column("refusal", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("reference_by_name", "reference", ["name", "seq"])
    op.create_table(
        "seat_user",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("verifier", sa.String, nullable=False),
        sa.Column("generation", sa.String, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("confirmed_at", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.String(32)),
    )
