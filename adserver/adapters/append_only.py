"""Tables whose rows are only ever added: the database itself refuses to change or delete one."""

from typing import Any

from sqlalchemy import DDL, Table, event

_SQLITE = (
    "CREATE TRIGGER {name}_no_{word} BEFORE {word} ON {name} "
    "BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
)
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION roadcast_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
)
_POSTGRESQL = (
    "CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
    "FOR EACH STATEMENT EXECUTE FUNCTION roadcast_append_only()"
)


def append_only(table: Table) -> None:
    """Have triggers made with the table; its migration makes the same."""
    for word in ("update", "delete"):
        _after_create(table, "sqlite", _SQLITE.format(name=table.name, word=word))
    for text in (_FUNCTION, _POSTGRESQL.format(name=table.name)):
        _after_create(table, "postgresql", text)


def _after_create(table: Table, dialect: str, text: str) -> None:
    made: Any = DDL(text)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", made.execute_if(dialect=dialect))
