"""A stricter market counts at once, a looser one when parked, whoever else writes meanwhile."""

import asyncio
import logging

import pytest
from msgspec.structs import replace

from kernel.errors import Conflict, Invalid, NotFound
from media.house_format import Medium
from players.feed import market
from players.feed.change_market import CHANGED
from players.feed.evidence import DRIVER_POSITION, LOW_VOLTAGE, PASSENGER_SEAT
from players.feed.feed import Swapped
from players.feed.head_unit import Mount, Vehicle, Zone
from players.feed.motion_policy import Permitted, permit
from tests.players.house import DRIVING, POLICIES

DRIVER = Mount(Zone.DRIVER)
REAR = Mount(Zone.REAR)


async def video(house, mount=DRIVER):
    state = await house.states.read("veh_1")
    return isinstance(permit(POLICIES, state, mount, Medium.VIDEO, house.clock.now_ms()), Permitted)


async def markets(house):
    return (await house.states.read("veh_1")).markets


@pytest.fixture
async def feed(house):
    house.unit()
    feed = house.feed()
    await house.tell(feed, DRIVING)
    return feed


async def test_the_first_word_of_a_vehicle_is_governed_by_its_own_market(house, feed):
    assert await markets(house) == ("FR",)
    assert await video(house, REAR)


async def test_a_looser_market_counts_when_parked(house, feed):
    await house.change_market("veh_1", "AQ", "op")
    assert await markets(house) == ("FR", "AQ")
    assert not await video(house, REAR)
    governed = await house.change_market("veh_1", "FR", "op")
    assert (governed.market, governed.waiting, governed.policy) == ("FR", ("AQ",), "strict+FR")
    for _ in range(3):
        house.clock.advance(1)
        await house.tell(feed, {**DRIVING, "Vehicle.Speed": "0", "Vehicle.IsMoving": "false"})
    assert await markets(house) == ("AQ", "FR")  # standing is not parked
    assert not await video(house, REAR)
    await house.park(feed)
    assert await markets(house) == ("FR",)
    assert await video(house, REAR)
    settled = await house.change_market.read("veh_1")
    assert (settled.waiting, settled.policy) == ((), "FR")
    assert [(one.before, one.after) for one in settled.changes] == [("AQ", "FR"), ("FR", "AQ")]
    assert {one.by for one in settled.changes} == {"op"}
    assert all(one.settled_ms for one in settled.changes)


async def test_a_stricter_market_counts_at_once_and_the_screens_are_told(house, feed):
    await house.park(feed)
    assert await video(house)
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        governed = await house.change_market("veh_1", "DE", "op")
        assert (await inbox.get(2)).kind == "state"
    assert (governed.market, governed.waiting) == ("DE", ())  # it is parked: it is there already
    assert not await video(house)
    await house.tell(feed, {LOW_VOLTAGE: "OFF"})
    assert await video(house)


async def test_a_change_leaves_its_record(house, feed, caplog):
    with caplog.at_level(logging.INFO):
        await house.change_market("veh_1", "DE", "hu_7")
        await house.change_market("veh_1", "DE", "hu_7")  # nothing new
    (record,) = [one for one in caplog.records if one.msg == CHANGED]
    assert record.market == {"vehicle_id": "veh_1", "before": "FR", "after": "DE", "by": "hu_7"}
    switches = [one.switch for one in caplog.records if hasattr(one, "switch")]
    assert [(one["cause"], one["policy"]) for one in switches] == [("market", "FR+DE")]
    assert switches[0]["source"] == "Code de la route R412-6-2; StVO § 23(1a, 1b)"


async def test_a_state_that_was_lost_does_not_lose_the_market_that_was_not_left(house, feed, aredis):
    await house.change_market("veh_1", "AQ", "op")
    await house.change_market("veh_1", "FR", "op")
    await aredis.flushdb()
    again = house.feed()
    await house.tell(again, DRIVING)
    assert await markets(house) == ("AQ", "FR")
    assert not await video(house, REAR)


async def test_a_report_that_overlaps_the_change_does_not_undo_it(house, feed):
    """Another feed's memory is of before the change: it reads what is kept, and goes on from there."""
    late = house.feed()
    late.state = await house.states.read("veh_1")
    await house.change_market("veh_1", "AQ", "op")
    house.clock.advance(1)
    await house.tell(late, DRIVING)
    assert await markets(house) == ("FR", "AQ")


async def test_reports_and_changes_that_race_all_count(house, feed):
    async def drive():
        for _ in range(5):
            house.clock.advance(0.1)
            await house.tell(feed, DRIVING)

    codes = ["DE", "GB", "AQ"]
    await asyncio.gather(drive(), *(house.change_market("veh_1", code, "op") for code in codes))
    found = await markets(house)
    assert set(found) == {"FR", *codes}
    assert not await video(house, REAR)
    assert set((await house.change_market.read("veh_1")).waiting) <= set(found)


async def test_a_change_amid_another_reports_write_is_said_again(house, feed, monkeypatch):
    swap = type(house.states).swap
    raced = []

    async def overtaken(self, vehicle_id, before, after, *, announce):
        if not raced:
            raced.append(before)
            theirs = replace(before, has_park=False, position_moved_ms=1)
            await swap(self, vehicle_id, before, theirs, announce=False)
        return await swap(self, vehicle_id, before, after, announce=announce)

    monkeypatch.setattr(type(house.states), "swap", overtaken)
    await house.change_market("veh_1", "DE", "op")
    kept = await house.states.read("veh_1")
    assert (kept.markets, kept.position_moved_ms) == (("FR", "DE"), 1)


async def test_feeds_that_keep_writing(house, feed, monkeypatch):
    async def never(self, vehicle_id, before, after, *, announce):
        return Swapped(before)

    monkeypatch.setattr(type(house.states), "swap", never)
    with pytest.raises(Conflict, match="vehicle-state-contended"):
        await house.change_market("veh_1", "DE", "op")


async def test_what_is_no_country_and_who_is_no_vehicle(house):
    house.unit()
    for wrong in ("fr", "FRA", "", "é€"):
        with pytest.raises(Invalid, match="market-unknown"):
            await house.change_market("veh_1", wrong, "op")
    with pytest.raises(NotFound, match="vehicle-unknown"):
        await house.change_market("veh_2", "FR", "op")
    with pytest.raises(NotFound, match="vehicle-unknown"):
        await house.change_market.read("veh_2")


async def test_a_consent_that_is_given_does_not_bring_the_old_market_back(house, feed):
    known = house.units.vehicle("veh_1")
    await house.change_market("veh_1", "DE", "op")
    house.units.put_vehicle(replace(known, location_consent=False), house.clock.now_ms())
    assert house.units.vehicle("veh_1") == Vehicle("veh_1", "Demo", market="DE")


async def test_the_passengers_picture_goes_when_the_seat_is_left(house, feed):
    mount = Mount(Zone.PASSENGER, shielded=True)
    seat = {PASSENGER_SEAT: "OCCUPIED", DRIVER_POSITION: "RIGHT"}
    await house.tell(feed, seat)
    assert await video(house, mount)
    assert not await video(house, Mount(Zone.PASSENGER))
    house.clock.advance(1)
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        await house.tell(feed, {PASSENGER_SEAT: "EMPTY"})
        assert (await inbox.get(2)).kind == "state"
    assert not await video(house, mount)


def test_the_oldest_of_many_markets_are_merged_into_the_strict_one():
    assert market.governing(("FR", "DE", "FR")) == ("DE", "FR")
    assert market.governing(("FR", "DE", "GB", "US", "JP", "US")) == ("strict", "GB", "JP", "US")
    assert market.governing(("FR", "DE", "GB", "JP", "strict")) == ("DE", "GB", "JP", "strict")
