"""What was saved before prices were held is told of afterwards: what is redeemed, and what is to be held."""

from alembic import command
from sqlalchemy import Engine

from server.engines.database import REBUILDING
from server.records import _config, migrate

BEFORE = """
INSERT INTO advertisers (advertiser_id, name, currency, timezone, created_ms)
  VALUES ('adv_1', 'Garage', 'EUR', 'Europe/Paris', 1);
INSERT INTO campaigns (campaign_id, advertiser_id, name, state, created_ms, revision)
  VALUES ('cmp_1', 'adv_1', 'A', 'active', 2, 3), ('cmp_2', 'adv_1', 'B', 'active', 2, 3);
INSERT INTO line_items (line_item_id, campaign_id, advertiser_id, name, starts_ms, ends_ms, budget_micros,
  cpm_micros, currency, radius_m, place_ids, category, priority, cap_count, cap_window_s, cpa_micros, action)
  VALUES ('li_1', 'cmp_1', 'adv_1', 'A', 1, 2, 5000, 0, 'EUR', 50, '[]', 'other', 'standard', 1, 60, 9,
  'redemption'),
  ('li_2', 'cmp_2', 'adv_1', 'B', 1, 2, 5000, 9, 'EUR', 50, '[]', 'other', 'standard', 1, 60, 0,
  'redemption');
INSERT INTO coupons (coupon_id, line_item_id, campaign_id, advertiser_id, title, terms, valid_until_ms, codes,
  created_ms, saved, shared_code, pooled)
  VALUES ('crv_1', 'li_1', 'cmp_1', 'adv_1', 'A', '', 99, 9, 1, 3, '', false),
  ('crv_2', 'li_2', 'cmp_2', 'adv_1', 'B', '', 99, 9, 1, 2, '', false);
INSERT INTO saved_coupons (coupon_id, number, campaign_id, advertiser_id, code, folded, shown, owed_to,
  saved_ms, expires_ms, redeemed_ms)
  VALUES ('crv_1', 1, 'cmp_1', 'adv_1', 'A1', 'A1', true, 'sealed', 5, 99, 0),
  ('crv_1', 2, 'cmp_1', 'adv_1', 'A2', 'A2', true, 'sealed', 6, 99, 20),
  ('crv_1', 3, 'cmp_1', 'adv_1', 'A3', 'A3', true, '', 7, 99, 21),
  ('crv_2', 1, 'cmp_2', 'adv_1', 'B1', 'B1', true, 'sealed', 8, 99, 0),
  ('crv_2', 2, 'cmp_2', 'adv_1', 'B2', 'B2', true, 'sealed', 9, 99, 22)
"""


def rows(engine: Engine, columns: str) -> list[tuple]:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT {columns} FROM saved_coupons ORDER BY code")
        return [tuple(row) for row in found]


def test_each_is_told_of_once_and_the_way_back_keeps_them(engine):
    migrate(engine, "0027")
    with engine.begin() as connection:
        for statement in BEFORE.split(";"):
            connection.exec_driver_sql(statement)
    before = rows(engine, "code, owed_to, saved_ms, redeemed_ms")
    migrate(engine, "0028")
    assert rows(engine, "code, tell_ms") == [("A1", 5), ("A2", 20), ("A3", 0), ("B1", 0), ("B2", 22)]
    with engine.execution_options(**REBUILDING).begin() as connection:
        command.downgrade(_config(connection), "0027")
    assert rows(engine, "code, owed_to, saved_ms, redeemed_ms") == before
