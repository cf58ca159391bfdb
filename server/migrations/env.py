"""Run by Alembic; the caller passes its connection, inside whose transaction all steps happen."""

from alembic import context

from server.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
