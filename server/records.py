"""The tables of every room, and bringing a database up to them."""

import importlib
import importlib.util
from pathlib import Path

from alembic import command
from alembic.autogenerate import produce_migrations
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, text

from server.adapters import tables
from server.engines.database import REBUILDING
from server.pages import ROOMS

_ADVISORY_LOCK = 7_236_842


def all_metadata() -> list[MetaData]:
    """Each room's own metadata, the server's included."""
    found = [tables.metadata]
    for room in ROOMS:
        name = f"{room}.adapters.tables"
        if importlib.util.find_spec(name):
            found.append(importlib.import_module(name).metadata)
    return found


def migrate(engine: Engine, until: str = "head") -> tuple[str | None, str | None]:
    """Bring the database up to this version; nothing happens where it is. Safe to run twice at once.

    Args:
        engine: of the database.
        until: the last migration to run.

    Returns:
        The versions before and after; None for an empty database.
    """
    with engine.execution_options(**REBUILDING).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(_config(connection), until)
        if connection.dialect.name == "sqlite":
            _check_references(connection)
        return before, MigrationContext.configure(connection).get_current_revision()


def _check_references(connection: Connection) -> None:
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(3)
    if lost:
        raise RuntimeError(f"a migration left rows that refer to nothing: {[tuple(row) for row in lost]}")


def new_migration(engine: Engine, message: str, revision: str) -> None:
    """Write the migration that leads from the database as it is to the tables as they are declared."""
    with engine.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=revision)


def missing_changes(engine: Engine) -> list[str]:
    """What the declared tables have that the database has not, and the other way round; ideally nothing."""
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        script = produce_migrations(context, all_metadata())  # type: ignore[arg-type]
    operations = script.upgrade_ops
    return [str(diff) for diff in operations.as_diffs()] if operations else []


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
