"""Bring a seat database to the schema of this program."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.storage.schema import REVISION
from resources.errors import UserError

MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """The schema revision of a database; ``None`` when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def bring_up_to_date(connection: Connection, path: Path, target: str = REVISION) -> None:
    """Run the missing migrations inside the connection's transaction: all of them or none.

    Raises ``UserError("STORE_NEWER")`` for a database that a newer program has changed.
    """
    revision = revision_of(connection)
    if revision == target:
        return
    from alembic import command  # takes time and is needed only when the schema changes
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise UserError("STORE_NEWER", path=path)
    config.attributes["connection"] = connection
    command.upgrade(config, target)
