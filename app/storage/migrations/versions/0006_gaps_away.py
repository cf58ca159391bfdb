"""Gaps and searches in vain go to the centre: each has a name that no other has."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    name = sa.Column("id", sa.String, nullable=False, server_default="")
    op.add_column("knowledge_use", name)
    to_send = sa.Column("to_send", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("knowledge_use", to_send)
    op.execute("UPDATE knowledge_use SET id = lower(hex(randomblob(16)))")
    op.execute("UPDATE knowledge_use SET to_send = 1 WHERE deed IN ('gap', 'nothing_found')")
    op.create_index("knowledge_use_by_id", "knowledge_use", ["id"])
    op.create_index("knowledge_use_to_send", "knowledge_use", ["to_send", "seq"])
