"""How articles are used at this seat, and what was not found."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "knowledge_use",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("deed", sa.String, nullable=False),
        sa.Column("article_id", sa.String, nullable=False),
        sa.Column("category", sa.String, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("knowledge_use_by_article", "knowledge_use", ["article_id"])
