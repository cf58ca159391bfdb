"""Indexes in the order in which lists of tickets are shown."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("ticket_life_by_stage", "ticket_life_by_unit"):
        op.drop_index(name, "ticket_life")
    op.create_index("ticket_life_by_stage", "ticket_life", ["stage", "due_at", "ticket_id"])
    op.create_index("ticket_life_by_unit", "ticket_life", ["unit", "stage", "due_at", "ticket_id"])
    only = sa.text("tell_caller")
    op.create_index(
        "ticket_life_to_tell", "ticket_life", ["due_at"], postgresql_where=only, sqlite_where=only
    )
