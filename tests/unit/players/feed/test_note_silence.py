"""What time alone switches is recorded once, with or without a screen, at the moment when it happened."""

import asyncio

import pytest

from players.feed import signals
from players.feed.driving_state import MOVED_HOLD_MS
from players.feed.note_silence import NoteSilence, heard_ms
from players.feed.vehicle_state import UNKNOWN
from tests.players.house import DRIVING, PARKED, PlayersHouse, standing


@pytest.fixture
def house(aredis, database, clock, signer, new_id) -> PlayersHouse:
    return PlayersHouse(aredis, database, clock, signer, new_id)


def told(house: PlayersHouse) -> list[tuple[str, str, int]]:
    """Cause, rule and moment of each switch, from the first on that was parked."""
    parked = next(i for i, one in enumerate(house.left) if one.rule == "gear-in-park")
    return [(one.cause, one.rule, one.at_ms) for one in house.left[parked + 1 :]]


async def test_a_silence_that_no_screen_saw_is_found_when_the_car_is_heard_again(house):
    feed = house.feed()
    await house.park(feed)
    last_ms = house.clock.now_ms()
    house.clock.advance(600)
    await house.tell(feed, PARKED)
    assert told(house) == [
        ("silence", "speed-stale", last_ms + 3_001),
        ("report", "agreeing-for-less-than-three-seconds", house.clock.now_ms()),
    ]


async def test_it_is_found_by_a_feed_that_did_not_write_the_last_word_too(house):
    await house.park(house.feed())
    last_ms = house.clock.now_ms()
    house.clock.advance(60)
    await house.tell(house.feed(), DRIVING)
    assert told(house) == [
        ("silence", "speed-stale", last_ms + 3_001),
        ("report", "is-moving", house.clock.now_ms()),
    ]


async def test_what_a_screen_has_recorded_is_not_recorded_again(house):
    feed = house.feed()
    await house.park(feed)
    state = await house.states.read("veh_1")
    assert await house.states.claim_switch("veh_1", state, "speed-stale")
    house.clock.advance(1_800)
    await house.tell(feed, PARKED)
    assert [cause for cause, *_ in told(house)] == ["report"]


async def test_what_lapses_while_the_car_goes_on_reporting_is_a_switch_too(house):
    """A ferry has landed: no report says so, but the last movement is long enough ago."""
    feed = house.feed()
    await house.park(feed)
    for latitude in ("48.1170", "48.1180"):
        house.clock.advance(1)
        await house.tell(feed, PARKED | {signals.LATITUDE: latitude, signals.LONGITUDE: "-1.6778"})
    moved_ms = house.clock.now_ms()
    for _ in range(40):
        house.clock.advance(1)
        await house.tell(feed, PARKED)
    after = [one for one in told(house) if one[2] > moved_ms]
    assert after[0] == ("silence", "agreeing-for-less-than-three-seconds", moved_ms + MOVED_HOLD_MS + 1)
    assert [rule for _, rule, _ in after[1:]] == ["gear-in-park"]
    assert told(house)[0][:2] == ("report", "position-moving")


async def test_reports_that_change_nothing_leave_no_record(house):
    feed = house.feed()
    await house.park(feed)
    for _ in range(20):
        house.clock.advance(0.5)
        await house.tell(feed, PARKED)
    assert told(house) == []


async def test_two_who_notice_at_once_record_it_once(house):
    await house.park(house.feed())
    state, last_ms = await house.states.read("veh_1"), house.clock.now_ms()
    record = house.report.record
    noticed = NoteSilence(house.states, record, record.policies)
    for _ in range(2):
        await noticed("veh_1", state, last_ms, last_ms + 3_600_000)
    assert told(house) == [("silence", "speed-stale", last_ms + 3_001)]


async def test_thousands_that_fell_silent_are_claimed_by_few_commands(house, aredis):
    state = await house.states.read("veh_1")
    names = [f"veh_{n}" for n in range(200)]
    before = await aredis.info("clients")
    found = await asyncio.gather(*(house.states.claim_switch(one, state, "speed-stale") for one in names * 2))
    assert sum(found) == len(names)
    assert all(a != b for a, b in zip(found[:200], found[200:], strict=True))
    assert (await aredis.info("clients"))["connected_clients"] <= before["connected_clients"] + 2


def test_when_the_evidence_came(clock):
    now_ms = clock.now_ms()
    assert heard_ms(UNKNOWN) is None
    assert heard_ms(standing(now_ms)) == now_ms
