"""Reporting on a real Redis: written once, announced when the judgement changes, safe with two feeds."""

import asyncio
import struct

import msgspec
import pytest

from adserver.serving.avail import Location
from players.adapters import redis_keys
from players.feed import signals
from players.feed.acceptance import Sample
from players.feed.driving_state import DrivingState, judge
from players.feed.feed import Feed
from players.feed.record_switch import LOGGER
from players.feed.vehicle_state import VehicleState
from players.ports import Notice
from tests.players.house import DRIVING, ON_BRAKE, PARKED, samples


async def state(house):
    return judge(await house.states.read("veh_1"), house.clock.now_ms())


async def located(house) -> Location | None:
    """Where the vehicle is, once it is known."""
    for _ in range(10_000):
        if found := house.positions.get("veh_1", house.clock.now_ms()):
            return found
        await asyncio.sleep(0)
    return None


async def test_a_message_is_kept_and_a_change_is_announced(house):
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        feed = house.feed()
        await house.tell(feed, DRIVING)
        # Once for what was told, once for whose rules govern it.
        assert [(await inbox.get(2)).kind for _ in range(2)] == ["state"] * 2
        house.clock.advance(0.5)
        await house.tell(feed, DRIVING)  # nothing new: no notice
        house.clock.advance(0.5)
        await house.tell(feed, {**DRIVING, signals.SPEED: "0", signals.IS_MOVING: "false"})
        # A screen need not look for it.
        assert await inbox.get(2) == Notice("state", data=(await house.states.read("veh_1")).encode())
        assert await inbox.get(0.01) is None
    assert (await state(house))[0] is DrivingState.IDLING


async def test_dusk_is_announced_and_is_no_switch(house):
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        feed = house.feed()
        await house.tell(feed, {**DRIVING, signals.DAY_NIGHT: "DAY"})
        assert [(await inbox.get(2)).kind for _ in range(2)] == ["state"] * 2
        before = sum(house.switched.values())
        for told, announced in (("DAY", False), ("NIGHT", True), ("DUSK", False)):
            house.clock.advance(0.5)
            await house.tell(feed, {**DRIVING, signals.DAY_NIGHT: told})
            assert bool(await inbox.get(2 if announced else 0.01)) is announced
    assert sum(house.switched.values()) == before
    assert (await house.states.read("veh_1")).day_night == "night"


async def test_a_switch_leaves_a_record_without_a_position(house, caplog):
    feed = house.feed()
    await house.park(feed)
    house.clock.advance(0.5)
    await house.tell(feed, {**DRIVING, signals.LATITUDE: "48.117266", signals.LONGITUDE: "-1.677793"})
    found = [one.switch for one in caplog.records if one.name == LOGGER]
    assert [(one["driving_state"], one["rule"]) for one in found] == [
        ("idling", "agreeing-for-less-than-three-seconds"),
        ("parked", "gear-in-park"),
        ("moving", "is-moving"),
    ]
    assert found[-1] == {
        "vehicle_id": "veh_1",
        "at_ms": house.clock.now_ms(),
        "session_id": "",
        "cause": "report",
        "driving_state": "moving",
        "rule": "is-moving",
        "market": "",
        "policy": "strict",
        "source": "European Statement of Principles on HMI, 2008/653/EC, at its strictest",
        "proven": (),
        "signals": {
            signals.SPEED: {"fact": "above-1-km/h", "age_ms": 0},
            signals.SELECTED_GEAR: {"fact": "drive", "age_ms": 0},
            signals.PARKING_BRAKE: {"fact": "false", "age_ms": 0},
            signals.IS_MOVING: {"fact": "true", "age_ms": 0},
        },
    }
    # Not "48.11": a record's own times may hold that.
    assert "48.117" not in str([one.switch for one in caplog.records])
    assert "42.5" not in str([one.switch for one in caplog.records])
    assert [one.rule for one in house.left] == [one["rule"] for one in found]
    assert house.switched == {"agreeing-for-less-than-three-seconds": 1, "gear-in-park": 1, "is-moving": 1}


async def test_refusals_are_named_counted_and_change_nothing(house):
    feed = house.feed()
    await house.park(feed)
    before = await house.states.read("veh_1")
    now_ms = house.clock.now_ms()
    reported = await house.report(
        feed,
        (
            Sample("Vehicle.Nonsense", "1", now_ms + 1),
            Sample(signals.SPEED, "0", now_ms + 2_001),
            Sample(signals.SPEED, "0", now_ms),
            Sample(signals.SPEED, "42", now_ms - 10_001),
            Sample(signals.LATITUDE, "91", now_ms),
        ),
    )
    assert reported.accepted == 0
    assert house.refused == {
        "bad-value": 1, "unknown-path": 1, "ahead-of-server": 1, "timestamp-not-rising": 1, "too-old": 1,
    }  # fmt: skip
    assert await house.states.read("veh_1") == before


BAD = [
    (signals.SPEED, "42,5"), (signals.SPEED, "nan"), (signals.SPEED, "501"), (signals.SELECTED_GEAR, "D"),
    (signals.IS_MOVING, "1"), (signals.PARKING_BRAKE, "0"), (signals.AUTONOMY, "SAE_3_FOO"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), BAD)
async def test_what_cannot_be_read_is_not_known_whatever_was_told_before(house, path, text):
    feed = house.feed()
    await house.park(feed)
    house.clock.advance(0.5)
    reported = await house.tell(feed, {**PARKED, path: text})
    assert [(one.path, one.reason) for one in reported.refusals] == [(path, "bad-value")]
    assert reported.accepted == len({**PARKED, path: text}) - 1
    assert house.refused == {"bad-value": 1}
    assert (await state(house))[0] is DrivingState.UNKNOWN
    house.clock.advance(0.5)
    await house.tell(feed, {**PARKED, path: PARKED.get(path, "SAE_0")})
    assert await state(house) == (DrivingState.IDLING, "agreeing-for-less-than-three-seconds")


async def test_every_other_speed_unreadable_is_no_agreement(house):
    feed = house.feed()
    for turn in range(20):
        house.clock.advance(0.5)
        await house.tell(feed, {**PARKED, signals.SPEED: "nan" if turn % 2 else "0"})
        assert (await state(house))[0] is not DrivingState.PARKED


async def test_what_cannot_be_read_and_is_backfill_changes_nothing(house):
    feed = house.feed()
    await house.park(feed)
    before = await house.states.read("veh_1")
    reported = await house.report(feed, samples({signals.SPEED: "fast"}, house.clock.now_ms() - 10_001))
    assert [one.reason for one in reported.refusals] == ["bad-value"]
    assert await house.states.read("veh_1") == before


async def test_a_clock_that_is_put_right_does_not_hide_that_it_drives_off(house):
    feed = house.feed()
    for _ in range(6):
        house.clock.advance(1)
        await house.report(feed, samples(PARKED, house.clock.now_ms() + 1_900))
    assert (await state(house))[0] is DrivingState.PARKED
    house.clock.advance(0.5)
    reported = await house.report(feed, samples(DRIVING, house.clock.now_ms()))
    assert reported.accepted == 0
    assert house.refused == {"timestamp-not-rising": len(DRIVING)}
    assert await state(house) == (DrivingState.UNKNOWN, "contradicted")


@pytest.mark.parametrize("late_s", [0, 1.5])
@pytest.mark.parametrize("word", [{signals.SELECTED_GEAR: "127"}, {signals.IS_MOVING: "true"}, DRIVING])
async def test_a_rare_objection_stands_against_all_that_another_unit_repeats(house, word, late_s):
    """One tells each nine seconds, by a clock that may be behind, what another denies twice a second."""
    honest, stubborn = house.feed("hu_1"), house.feed("hu_2")
    for turn in range(60):
        if turn % 18 == 0:
            await house.report(honest, samples(word, house.clock.now_ms() - int(late_s * 1000)))
        house.clock.advance(0.02)
        await house.tell(stubborn, PARKED)
        assert (await state(house))[0] is not DrivingState.PARKED
        house.clock.advance(0.48)
    assert house.refused == {}


async def test_an_objection_is_taken_back_by_its_unit_or_goes_stale(house):
    one, other = house.feed("hu_1"), house.feed("hu_2")
    await house.park(one)
    house.clock.advance(0.1)
    await house.tell(other, {signals.SELECTED_GEAR: "127"})
    began_ms = house.clock.now_ms()
    await house.park(one)
    assert await state(house) == (DrivingState.IDLING, "standing-not-parked")
    await house.tell(other, {signals.SELECTED_GEAR: "126"})
    await house.park(one)
    assert (await state(house))[0] is DrivingState.PARKED
    await house.tell(other, {signals.SELECTED_GEAR: "127"})
    began_ms = house.clock.now_ms()
    while house.clock.now_ms() <= began_ms + 10_000:
        assert (await state(house))[0] is not DrivingState.PARKED
        house.clock.advance(1)
        await house.tell(one, PARKED)
    await house.park(one)
    assert (await state(house))[0] is DrivingState.PARKED


async def test_a_unit_that_is_silent_for_a_minute_is_one_of_several_no_more(house):
    one, other = house.feed("hu_1"), house.feed("hu_2")
    await house.park(one)
    await house.tell(other, PARKED)
    assert (await house.states.read("veh_1")).told.keys() == {"hu_1", "hu_2"}
    for _ in range(61):
        house.clock.advance(1)
        await house.tell(one, PARKED)
    kept = await house.states.read("veh_1")
    assert (kept.teller, kept.told) == ("hu_1", {})
    assert (await state(house))[0] is DrivingState.PARKED


async def test_of_two_feeds_that_disagree_the_most_restrictive_wins(house):
    hasty, honest = house.feed(), house.feed()
    for _ in range(30):
        house.clock.advance(0.25)
        await house.report(hasty, samples(PARKED, house.clock.now_ms() + 1_900))
        house.clock.advance(0.25)
        await house.report(honest, samples(DRIVING, house.clock.now_ms()))
        assert (await state(house))[0] is not DrivingState.PARKED


async def test_only_a_declared_manual_is_parked_by_its_brake(house):
    house.unit(manual=True)
    declared = Feed("veh_1", 6, True, house.read_vehicle("veh_1").manual_gearbox)
    for _ in range(5):
        house.clock.advance(1)
        await house.tell(declared, ON_BRAKE)
    assert await state(house) == (DrivingState.PARKED, "brake-engaged-at-standstill")
    undeclared = house.feed()
    house.clock.advance(1)
    await house.tell(undeclared, ON_BRAKE)
    assert (await state(house))[0] is DrivingState.IDLING


async def test_two_feeds_of_one_vehicle_do_not_lose_each_others_signals(house):
    feeds = [house.feed() for _ in range(6)]
    paths = [
        signals.SPEED,
        signals.IS_MOVING,
        signals.SELECTED_GEAR,
        signals.PARKING_BRAKE,
        signals.PARK_LOCK,
    ]
    values = ["42", "true", "127", "false", "false"]
    now_ms = house.clock.now_ms()
    await asyncio.gather(
        *(
            house.report(feed, (Sample(path, text, now_ms),))
            for feed, path, text in zip(feeds, paths, values, strict=False)
        )
    )
    assert (await house.states.read("veh_1")).readings.keys() == set(paths)


async def test_a_second_feed_cannot_unlock_what_the_first_has_locked(house):
    honest, stubborn = house.feed(), house.feed()
    await house.park(stubborn)
    house.clock.advance(0.5)
    await house.tell(honest, DRIVING)
    house.clock.advance(0.5)
    await house.tell(stubborn, PARKED)
    assert await state(house) == (DrivingState.IDLING, "agreeing-for-less-than-three-seconds")


async def test_positions_are_told_and_kept_nowhere(house, aredis):
    async with house.pushing(), house.push.listen("veh_1"):
        feed = house.feed()
        place = {signals.LATITUDE: "48.117266", signals.LONGITUDE: "-1.677793", signals.HEADING: "90"}
        await house.tell(feed, {**PARKED, **place})
        assert await located(house) == Location(48.117266, -1.677793, 90.0)
        house.clock.advance(61)
        assert house.positions.get("veh_1", house.clock.now_ms()) is None
    for key in await aredis.keys("*"):
        assert b"48.11" not in await aredis.get(key)
        assert b"Latitude" not in await aredis.get(key)


async def test_without_consent_the_position_goes_nowhere(house, aredis):
    async with aredis.pubsub() as pubsub:
        await pubsub.subscribe("positions")
        await pubsub.get_message(timeout=2)
        feed = house.feed()
        feed.shares_location = False
        await house.tell(feed, {**PARKED, signals.LATITUDE: "48.1", signals.LONGITUDE: "-1.6"})
        await aredis.publish("positions", b"end")
        assert (await pubsub.get_message(timeout=2))["data"] == b"end"


async def test_parked_on_a_ferry_is_transported(house):
    feed = house.feed()
    for second in range(8):
        house.clock.advance(1)
        place = {signals.LATITUDE: str(48.0 + second * 1e-4), signals.LONGITUDE: "-1.6"}
        await house.tell(feed, {**PARKED, **place})
    assert await state(house) == (DrivingState.TRANSPORTED, "position-moving")


async def test_without_consent_no_position_is_read_and_a_car_says_itself_that_it_is_carried(house):
    feed = house.feed()
    feed.shares_location = False
    for second in range(8):
        house.clock.advance(1)
        place = {signals.LATITUDE: str(48.0 + second * 1e-4), signals.LONGITUDE: "-1.6"}
        await house.tell(feed, {**PARKED, **place})
    assert await state(house) == (DrivingState.PARKED, "gear-in-park")
    assert (feed.positions, house.refused) == ({}, {"location-not-shared": 16})
    house.clock.advance(1)
    await house.tell(feed, {**PARKED, signals.IS_MOVING: "true"})
    assert await state(house) == (DrivingState.MOVING, "is-moving")


async def test_a_position_that_trembles_is_not_a_ferry(house):
    feed = house.feed()
    for second in range(12):
        house.clock.advance(1)
        place = {signals.LATITUDE: str(48.0 + (second % 3) * 5e-5), signals.LONGITUDE: "-1.6"}
        await house.tell(feed, {**PARKED, **place})
    assert (await state(house))[0] is DrivingState.PARKED


async def test_having_driven_here_is_not_a_ferry(house):
    feed = house.feed()
    for second in range(10):
        house.clock.advance(1)
        place = {signals.LATITUDE: str(48.0 + second * 2e-4), signals.LONGITUDE: "-1.6"}
        await house.tell(feed, {**DRIVING, **place})
    for _ in range(5):
        house.clock.advance(1)
        await house.tell(feed, {**PARKED, signals.LATITUDE: "48.0018", signals.LONGITUDE: "-1.6"})
    assert (await state(house))[0] is DrivingState.PARKED


async def test_the_oldest_sample_of_a_message_is_judged_first(house):
    feed = house.feed()
    await house.park(feed)
    house.clock.advance(0.5)
    now_ms = house.clock.now_ms()
    await house.report(
        feed, samples({signals.SPEED: "9"}, now_ms - 100) + samples({signals.SPEED: "0"}, now_ms)
    )
    assert (await state(house))[0] is DrivingState.IDLING


async def test_of_messages_that_are_taken_together_none_is_passed_over(house, aredis):
    """It moved for a moment between two standstills, and all three are written at once."""
    feed, other = house.feed(), Feed("veh_2", 6, True, opened_ms=house.clock.now_ms(), unit_id="hu_1")
    for one in (feed, other):
        await house.park(one)
    now_ms = house.clock.now_ms()
    told = [samples(values, now_ms + n * 100) for n, values in enumerate([PARKED, DRIVING, PARKED], 1)]
    house.clock.advance(0.5)
    written = await aredis.info("commandstats")
    reported = await house.report.all_of(feed, told)
    after = await aredis.info("commandstats")
    assert [(one.accepted, one.refusals) for one in reported] == [(4, ())] * 3
    assert after["cmdstat_evalsha"]["calls"] - written["cmdstat_evalsha"]["calls"] == 1
    for message in told:
        await house.report(other, message)
    together, apart = await house.states.read("veh_1"), await house.states.read("veh_2")
    assert msgspec.structs.replace(together, markets=()) == msgspec.structs.replace(apart, markets=())
    assert await state(house) == (DrivingState.IDLING, "agreeing-for-less-than-three-seconds")


async def test_what_each_of_several_messages_was_refused_for_is_told_apart(house):
    now_ms = house.clock.now_ms()
    good = (Sample(signals.SPEED, "4", now_ms),)
    old, again = (Sample(signals.SPEED, "5", now_ms - 60_000),), good
    reported = await house.report.all_of(house.feed(), [good, old, again])
    assert [one.accepted for one in reported] == [1, 0, 0]
    reasons = [[refusal.reason for refusal in one.refusals] for one in reported]
    assert reasons == [[], ["too-old"], ["timestamp-not-rising"]]
    assert house.refused == {"too-old": 1, "timestamp-not-rising": 1}


async def test_a_ferry_moves_while_messages_wait(house):
    feed = house.feed()
    await house.park(feed)
    now_ms = house.clock.now_ms()
    told = [
        samples({**PARKED, signals.LATITUDE: str(48.0 + n * 1e-4), signals.LONGITUDE: "-1.6"}, now_ms + n)
        for n in range(1, 8)
    ]
    house.clock.advance(0.5)
    await house.report.all_of(feed, told)
    assert await state(house) == (DrivingState.TRANSPORTED, "position-moving")


async def test_many_vehicles_are_written_by_one_command_and_each_for_itself(house, aredis):
    now_ms = house.clock.now_ms()
    first = Feed("veh_0", 6, False)
    await house.report(first, samples(DRIVING, now_ms))
    feeds = [Feed(f"veh_{n}", 6, False) for n in range(40)]
    reported = await asyncio.gather(
        *(house.report(one, samples(PARKED, now_ms + 1 + n)) for n, one in enumerate(feeds))
    )
    assert [one.accepted for one in reported] == [len(PARKED)] * 40
    for n, feed in enumerate(feeds):
        kept = await house.states.read(f"veh_{n}")
        assert kept == feed.state
        assert kept.readings[signals.SPEED].vehicle_ms == now_ms + 1 + n


async def test_a_redis_that_has_forgotten_the_script_is_told_it_again(house, aredis):
    feed = house.feed()
    await house.tell(feed, PARKED)
    await aredis.script_flush()
    house.clock.advance(0.5)
    assert (await house.tell(feed, DRIVING)).accepted == len(DRIVING)
    assert (await state(house))[0] is DrivingState.MOVING


async def test_positions_are_told_though_nothing_else_has_changed(house):
    async with house.pushing(), house.push.listen("veh_1"):
        feed = house.feed()
        await house.tell(feed, {signals.LATITUDE: "48.1", signals.LONGITUDE: "-1.6"})
        assert await located(house) == Location(48.1, -1.6)
    assert await house.states.read("veh_1") == VehicleState()


def _of_another_version(state: VehicleState, change: str) -> bytes:
    """The state as a version with another shape wrote it."""
    fields = msgspec.to_builtins(state)
    match change:
        case "a field less":
            del fields["contradicted_ms"]
        case "a field more":
            fields["towed_ms"] = 7
        case "a reading longer":
            fields["readings"] = {path: [*one, 1] for path, one in fields["readings"].items()}
        case "another kind":
            fields["agreement"] = "since ten"
    return msgspec.msgpack.encode(fields) if change != "no MessagePack" else b"\xc1?"


@pytest.mark.parametrize(
    "change", ["a field less", "a field more", "a reading longer", "another kind", "no MessagePack"]
)
@pytest.mark.parametrize("feed_knows", [True, False])
async def test_a_state_of_another_version_is_unknown_and_gives_way(house, aredis, change, feed_knows):
    feed = house.feed()
    await house.park(feed)
    parked = await house.states.read("veh_1")
    await aredis.set(redis_keys.state("veh_1"), _of_another_version(parked, change), px=3_600_000)
    assert await state(house) == (DrivingState.UNKNOWN, "speed-missing")
    house.clock.advance(0.5)
    after = feed if feed_knows else house.feed()
    await house.tell(after, PARKED)
    assert await state(house) == (DrivingState.IDLING, "agreeing-for-less-than-three-seconds")
    await house.park(after)
    assert (await state(house))[0] is DrivingState.PARKED


async def test_a_second_feed_whose_clock_is_ahead_contradicts_what_the_first_has_said(house):
    first, ahead = house.feed(), house.feed()
    await house.park(first)
    assert (await state(house))[0] is DrivingState.PARKED
    stamps_ms = house.clock.now_ms() + 60_000
    reported = await house.report(ahead, samples({signals.SPEED: "40"}, stamps_ms))
    assert [one.reason for one in reported.refusals] == ["ahead-of-server"]
    assert await state(house) == (DrivingState.UNKNOWN, "contradicted")


async def test_an_answer_that_was_lost_and_asked_for_again_leaves_its_record(house, caplog, monkeypatch):
    feed = house.feed()
    await house.park(feed)
    swap = type(house.states).swap

    async def lost(states, vehicle_id, before, after, **others):
        await swap(states, vehicle_id, before, after, **others)
        return await swap(states, vehicle_id, before, after, **others)

    monkeypatch.setattr(type(house.states), "swap", lost)
    caplog.clear()
    house.clock.advance(0.5)
    reported = await house.tell(feed, DRIVING)
    assert reported.refusals == ()
    assert [one.switch["driving_state"] for one in caplog.records if one.name == LOGGER] == ["moving"]


@pytest.mark.parametrize("late_ms", [0, 4_000])
async def test_how_fast_it_went_exactly_is_forgotten_as_it_is_judged(house, aredis, late_ms):
    """The store writes all that it is told into a file."""
    feed = house.feed()
    await house.park(feed)
    await house.report(feed, samples({signals.SPEED: "101.5"}, house.clock.now_ms() - late_ms + 1))
    assert judge(feed.state, house.clock.now_ms())[0] is not DrivingState.PARKED
    kept = await aredis.get(redis_keys.state("veh_1"))
    assert feed.state.encode() == kept
    assert struct.pack(">d", 101.5) not in kept
    assert feed.state.readings[signals.SPEED].value == (0 if late_ms else 2)
