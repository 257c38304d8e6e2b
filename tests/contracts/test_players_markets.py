"""What keeps the markets of vehicles must do, on every engine."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_markets import SqlMarkets
from players.adapters.tables import metadata
from players.feed.head_unit import Vehicle
from players.feed.market import MarketChange


@pytest.fixture
def markets(engine) -> SqlMarkets:
    metadata.create_all(engine)
    SqlHeadUnits(engine).put_vehicle(Vehicle("veh_1", "Demo", "FR"), 1)
    return SqlMarkets(engine)


def test_the_market_of_a_vehicle_and_of_none(markets):
    assert markets.governing("veh_1") == ("FR",)
    assert markets.governing("veh_2") == ()
    assert markets.move("veh_2", "DE", "op", 5) is None
    assert markets.changes("veh_2", 10) == []


def test_those_that_were_not_left_govern_until_it_is_parked(markets, engine):
    assert markets.move("veh_1", "DE", "op", 5) == MarketChange("FR", "DE", "op", 5)
    assert markets.move("veh_1", "DE", "op", 6) == MarketChange("DE", "DE", "op", 6)
    assert markets.move("veh_1", "GB", "hu_1", 7) == MarketChange("DE", "GB", "hu_1", 7)
    assert markets.governing("veh_1") == ("FR", "DE", "GB")
    assert markets.governing_each(["veh_1", "veh_2"]) == {"veh_1": ("FR", "DE", "GB"), "veh_2": ()}
    assert SqlHeadUnits(engine).vehicle("veh_1").market == "GB"
    markets.settle("veh_1", "GB", 9)
    assert markets.governing("veh_1") == ("GB",)
    assert markets.changes("veh_1", 1) == [MarketChange("DE", "GB", "hu_1", 7, 9)]
    assert [one.after for one in markets.changes("veh_1", 10)] == ["GB", "DE"]


def test_what_came_after_the_parking_is_not_settled_by_it(markets):
    markets.move("veh_1", "DE", "op", 5)
    markets.move("veh_1", "GB", "op", 6)
    markets.settle("veh_1", "DE", 7)
    assert markets.governing("veh_1") == ("DE", "GB")
    markets.settle("veh_1", "JP", 8)  # it never was there
    assert markets.governing("veh_1") == ("DE", "GB")


def test_of_changes_that_race_none_is_lost(markets):
    codes = ["DE", "GB", "US"]
    with ThreadPoolExecutor(3) as threads:
        made = list(threads.map(lambda code: markets.move("veh_1", code, "op", 5), codes))
    assert {one.after for one in made} == set(codes)
    found = markets.governing("veh_1")
    assert set(found) == {"FR", *codes}
    # A chain: each leaves what the one before it entered.
    chain = list(reversed(markets.changes("veh_1", 10)))
    assert [one.before for one in chain] == ["FR", *(one.after for one in chain[:-1])]
    assert found[-1] == chain[-1].after
