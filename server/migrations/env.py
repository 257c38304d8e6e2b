"""Alembic's entry: runs on the connection that ``server.records`` hands over."""

from alembic import context

from server.records import all_metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_metadata(),
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
context.run_migrations()
