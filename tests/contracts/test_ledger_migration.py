"""What the ledger held before it had transfers is in it afterwards, to the micro, on every engine."""

from alembic import command
from sqlalchemy import Engine

from server.engines.database import REBUILDING
from server.records import _config, migrate

BEFORE = """
INSERT INTO advertisers (advertiser_id, name, currency, timezone, created_ms)
  VALUES ('adv_1', 'Garage', 'EUR', 'Europe/Paris', 1);
INSERT INTO campaigns (campaign_id, advertiser_id, name, state, created_ms, revision)
  VALUES ('cmp_1', 'adv_1', 'A', 'active', 2, 3);
INSERT INTO line_items (line_item_id, campaign_id, advertiser_id, name, starts_ms, ends_ms, budget_micros,
  cpm_micros, currency, radius_m, place_ids, category, priority, cap_count, cap_window_s)
  VALUES ('li_1', 'cmp_1', 'adv_1', 'A', 1, 2, 5000, 1000, 'EUR', 50, '[]', 'other', 'standard', 1, 60);
INSERT INTO ledger_entries (event_id, account, line_item_id, amount_micros, currency, at_ms)
  VALUES ('fil_1', 'advertiser:adv_1', 'li_1', 100, 'EUR', 7),
  ('fil_1', 'revenue:delivered', 'li_1', -100, 'EUR', 7),
  ('fil_2', 'advertiser:adv_1', 'li_1', 250, 'EUR', 8), ('fil_2', 'revenue:delivered', 'li_1', -250, 'EUR', 8)
"""


def read(engine: Engine, table: str, columns: str) -> list[tuple]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3")
        ]


def test_entries_become_transfers_and_back_and_orders_are_added(engine):
    migrate(engine, "0014")
    with engine.begin() as connection:
        for statement in BEFORE.split(";"):
            connection.exec_driver_sql(statement)
    columns = "event_id, account, amount_micros, line_item_id, currency, at_ms"
    entries = read(engine, "ledger_entries", columns)
    assert len(entries) == 4
    migrate(engine, "0015")
    assert read(engine, "ledger_transfers", "event_id, debit, credit, amount_micros, at_ms") == [
        ("fil_1", "advertiser:adv_1", "revenue:delivered", 100, 7),
        ("fil_2", "advertiser:adv_1", "revenue:delivered", 250, 8),
        ("order:li_1:3", "committed:adv_1", "budget:li_1", 5000, 2),
    ]
    with engine.execution_options(**REBUILDING).begin() as connection:
        command.downgrade(_config(connection), "0014")
    assert read(engine, "ledger_entries", columns) == entries
