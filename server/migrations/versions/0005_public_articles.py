"""Which published articles citizens may read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table("public_article", sa.Column("article_id", sa.String(255), primary_key=True))
