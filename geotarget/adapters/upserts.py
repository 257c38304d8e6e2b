"""Adding rows, or writing them anew where they are there already, the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

# Both dialects write upserts in the same words, but SQLAlchemy has no word common to both.
_INSERT: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(
    connection: Connection, table: Table, key: str, rows: Sequence[dict[str, Any]], kept: Collection[str] = ()
) -> None:
    """Write rows; columns of ``kept`` stay as they are where the row is there."""
    insert = _INSERT[connection.dialect.name](table)
    replaced = {
        column.name: insert.excluded[column.name]
        for column in table.c
        if not (column.primary_key or column.name in kept)
    }
    connection.execute(insert.on_conflict_do_update(index_elements=[key], set_=replaced), rows)
