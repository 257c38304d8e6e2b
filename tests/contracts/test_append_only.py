"""The database itself keeps what was posted as it was posted, on every engine."""

import msgspec
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from adserver.adapters import tables
from adserver.billing.credit import Credit, CreditKind
from adserver.billing.impression import Event, EventKind
from server.adapters.tables import organisation_acts
from server.engines.database import open_database
from server.records import migrate

_EVENT = Event("f", EventKind.TAP, "li_1", "adv_1", "crv_1", "", "", 1, 0, "EUR")
_CREDIT = Credit("cmp_1", "k", CreditKind.REFUND, "li_1", "adv_1", 5, "EUR", "Why", "acc", 1)
_TRANSFER = {"event_id": "e", "debit": "a", "credit": "b", "line_item_id": "li_1", "currency": "EUR"}
_INVOICE = {"number": 1, "advertiser_id": "adv_1", "currency": "EUR", "month": "2026-05", "to_ms": 1}
_ACT = {"organisation_id": "adv_1", "actor": "acc", "actor_name": "Ann", "action": "a", "subject": "s"}
ROWS = {
    organisation_acts: _ACT | {"at_ms": 1, "detail": "{}"},
    tables.fill_events: msgspec.structs.asdict(_EVENT),
    tables.given_credits: msgspec.structs.asdict(_CREDIT),
    tables.invoices: _INVOICE | {"last_transfer_id": 1, "total_micros": 1, "issued_ms": 1, "content": "{}"},
    tables.ledger_transfers: _TRANSFER | {"amount_micros": 1, "at_ms": 1},
}


@pytest.mark.parametrize("table", ROWS, ids=lambda table: table.name)
def test_nobody_changes_or_deletes_a_row(engine, table):
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(table).values(ROWS[table]))
    moment = next(column for column in table.c if column.name in {"at_ms", "issued_ms"})
    forbidden = [update(table).values({moment: 0}), delete(table)]
    for statement in forbidden:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(statement)
    if engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {table.name}")
    with engine.connect() as connection:
        assert connection.execute(select(moment)).scalar() == 1


def declare(engine):
    for metadata in (tables.metadata, organisation_acts.metadata):
        metadata.create_all(engine)


def test_what_is_made_by_the_tables_is_made_by_the_migrations(database, tmp_path):
    def triggers(engine):
        with engine.connect() as connection:
            wanted = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
            return [tuple(row) for row in connection.exec_driver_sql(wanted)]

    declare(database)
    migrated = open_database(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrate(migrated)
    assert triggers(migrated) == triggers(database) != []
    migrated.dispose()


def test_so_it_is_on_postgresql(postgres):
    def triggers():
        with postgres.connect() as connection:
            wanted = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
            return [tuple(row) for row in connection.exec_driver_sql(wanted)]

    declare(postgres)
    made = triggers()
    with postgres.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    migrate(postgres)
    assert triggers() == made != []
