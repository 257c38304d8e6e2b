"""What the ledger held before it had transfers is in it afterwards, to the micro, on every engine."""

from alembic import command
from sqlalchemy import Engine

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_ledger import SqlLedger
from adserver.booking.terms import Delivered, Goal, Pacing, Pricing
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


TOLD = """
INSERT INTO fill_events (fill_id, kind, line_item_id, advertiser_id, creative_id, place_id, cell, at_ms,
  billed_micros, currency, released_micros)
  VALUES ('fil_1', 'impression', 'li_1', 'adv_1', 'c', 'p', '', 1, 100, 'EUR', 0),
  ('fil_1', 'complete', 'li_1', 'adv_1', 'c', 'p', '', 2, 0, 'EUR', 0),
  ('fil_1', 'tap', 'li_1', 'adv_1', 'c', 'p', '', 3, 0, 'EUR', 0),
  ('fil_2', 'impression', 'li_1', 'adv_1', 'c', 'p', '', 4, 100, 'EUR', 0),
  ('fil_2', 'planned', 'li_1', 'adv_1', 'c', 'p', '', 3, 0, 'EUR', 0),
  ('fil_3', 'card-shown', 'li_house', 'adv_h', 'c', '', '', 5, 0, 'EUR', 0);
INSERT INTO line_item_totals (line_item_id, spent_micros) VALUES ('li_1', 200)
"""


def test_what_was_booked_pays_for_impressions_and_spends_evenly_and_what_was_had_is_counted(engine):
    migrate(engine, "0025")
    with engine.begin() as connection:
        for statement in (*BEFORE.split(";")[:3], *TOLD.split(";")):
            connection.exec_driver_sql(statement)
    migrate(engine)
    (booked,) = SqlCampaigns(engine).newest(None, 9)
    item = booked.line_item
    assert (item.pricing, item.price_micros, item.goal, item.pacing) == (
        Pricing.CPM, 1, Goal(), Pacing.EVEN,
    )  # fmt: skip
    assert SqlLedger(engine).delivered() == {
        "li_1": Delivered(200, impressions=2, completes=1, taps=1),
        "li_house": Delivered(cards=1),
    }
    with engine.execution_options(**REBUILDING).begin() as connection:
        command.downgrade(_config(connection), "0025")
    assert read(engine, "line_item_totals", "line_item_id, spent_micros, 1") == [
        ("li_1", 200, 1),
        ("li_house", 0, 1),
    ]
