"""Records: SQLite in WAL mode by default, PostgreSQL by URL, the same SQLAlchemy Core code on both."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

READ_ONLY = {"roadcast_read_only": True}
"""Execution options of an engine whose transactions only read: they take no write lock."""
REBUILDING = {"roadcast_rebuilding": True}
"""Execution options of an engine whose transactions drop tables that others refer to, and make them anew."""


def open_database(url: str) -> Engine:
    """An engine with sane limits; nothing is connected yet.

    On SQLite every transaction begins IMMEDIATE, so that what it reads is still true when it
    writes, unless the engine carries :data:`READ_ONLY`.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=15,
            connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c statement_timeout=30000"},
        )
    name = make_url(url).database
    if name and name != ":memory:":
        Path(name).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 15})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    # This can be said outside a transaction only, so it is said each time.
    connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if options.get('roadcast_rebuilding') else 'ON'}")
    connection.exec_driver_sql("BEGIN" if options.get("roadcast_read_only") else "BEGIN IMMEDIATE")
