"""Real drives of a car that has no Park: what the driver may see during them, sample by sample."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from geotarget.distance import geodesic_m
from players.feed import signals, trace
from players.feed.driving_state import SETTLING, TABLE, DrivingState, judge
from players.feed.head_unit import Vehicle
from players.feed.record_switch import Cause
from tests.players.house import PlayersHouse
from tests.real.replay import MARKETS, NAMES, START, Car, replay, stops

RENNES = 48.1173, -1.6778
GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"


@pytest.fixture(params=NAMES)
def drive(request, real_data) -> trace.Trace:
    return trace.read((real_data / "traces" / request.param).read_bytes())


def test_a_drive_without_park_never_shows_a_picture(drive):
    car, seen = Car(), Counter()
    for point in drive.points:
        car.hear(point)
        for later_ms in (0, 500, 999):
            assert not car.shows(START + point.at_ms + later_ms)
        seen[judge(car.feed.state, START + point.at_ms)[0]] += 1
    assert seen[DrivingState.PARKED] == seen[DrivingState.UNKNOWN] == 0
    assert seen[DrivingState.MOVING] > 0.7 * len(drive.points)
    standing = sum(point.speed_kmh == 0 for point in drive.points)
    assert seen[DrivingState.IDLING] == standing > 0


def test_parked_before_and_after_it_shows_then_and_only_then(drive):
    whole = trace.shifted(trace.parked(drive, 10_000, 10_000), *RENNES)
    car, shown = Car(), []
    for point in whole.points:
        car.hear(point)
        if car.shows(START + point.at_ms):
            shown.append(point.at_ms)
            assert point.gear == 126
            assert point.speed_kmh == 0
    last = whole.points[-1].at_ms
    # Three seconds of agreement at each end. After the drive the car may be held to be carried for
    # half a minute, where its position still catches up: late is the safe side.
    assert [ms for ms in shown if ms < 10_000] == list(range(3_000, 10_000, 1_000))
    assert all(ms < 10_000 or ms >= last - 10_000 + 3_000 for ms in shown)
    assert max(shown) == last


def test_every_hole_in_the_feed_withholds(drive):
    """The same drive through tunnels: every second minute is lost."""
    whole = trace.parked(drive, 70_000, 70_000)
    car, heard_ms = Car(), -(10**9)
    for point in whole.points:
        if point.at_ms // 60_000 % 2 == 0:
            car.hear(point)
            heard_ms = point.at_ms
        elif point.at_ms - heard_ms > 3_000:
            assert not car.shows(START + point.at_ms)


def test_the_shift_keeps_the_drives_length(drive):
    def length_m(one: trace.Trace) -> float:
        step = one.points[::30]
        return sum(geodesic_m(a.latitude, a.longitude, b.latitude, b.longitude) for a, b in pairwise(step))

    moved = trace.shifted(drive, *RENNES)
    assert length_m(moved) == pytest.approx(length_m(drive), rel=0.005)
    assert (moved.points[0].latitude, moved.points[0].longitude) == pytest.approx(RENNES)


# -- switches ------------------------------------------------------------------------------------

GROUNDS = {
    "is-moving": (signals.IS_MOVING, {"true"}),
    "speed-above-walking-start": (signals.SPEED, {"above-1-km/h"}),
    "standing-not-parked": (signals.SPEED, {"zero"}),
    "gear-in-park": (signals.SELECTED_GEAR, {"park"}),
    "position-moving": (signals.SELECTED_GEAR, {"park"}),
    SETTLING: (signals.SELECTED_GEAR, {"park"}),
}
"""What the record of a switch must show for its rule to be the explanation."""

AT_EVERY_STOP = 0


def whole(drive: trace.Trace, stops_ms: int | None = None) -> trace.Trace:
    """Parked at both ends; with ``AT_EVERY_STOP`` by a driver who selects Park whenever it stands."""
    return trace.parked(drive, 10_000, 10_000, stops_ms)


@pytest.mark.parametrize("stops_ms", [None, AT_EVERY_STOP])
def test_every_switch_is_explained(drive, stops_ms):
    for played in (drive, whole(drive, stops_ms)):
        found = replay(played).switches
        for one in found:
            assert one.rule in {rule for rule, _, _ in TABLE} | {SETTLING}
            assert (one.policy, one.source) == ("FR", "Code de la route R412-6-2")
            path, facts = GROUNDS[one.rule]
            assert one.signals[path].fact in facts, one
            assert {signals.SPEED, signals.IS_MOVING, signals.SELECTED_GEAR} <= one.signals.keys()
            # Time alone ends the three seconds of agreement here, and the half minute after it was carried.
            assert one.cause == Cause.REPORT or one.rule in {"gear-in-park", SETTLING}
            assert all(0 <= seen.age_ms <= 1_000 for seen in one.signals.values())
        for before, after in pairwise(found):
            assert (before.rule, before.driving_state) != (after.rule, after.driving_state)


def test_lights_switch_the_state_twice_and_no_screen_at_all(drive):
    """As it was driven, never in Park: whatever the market, whoever sees the screen."""
    found, stood = replay(drive), stops(drive.points)
    assert not found.pictures
    assert found.flips == {}
    states = Counter(found.states)
    assert states.keys() == {DrivingState.IDLING, DrivingState.MOVING}
    # Standing first, last, and at each stop; moving between.
    assert states[DrivingState.MOVING] == len(stood) + 1
    assert states[DrivingState.IDLING] <= len(stood) + 2


def test_park_at_every_light_shows_at_most_one_picture_each_and_none_at_a_short_one(drive):
    played = whole(drive, AT_EVERY_STOP)
    found, stood = replay(played), stops(drive.points)
    shown = found.pictures
    # Where the position catches up with a car that stands, it may be on a ferry.
    carried = {one.at_ms - START for one in found.switches if one.rule == "position-moving"}
    assert len(carried) <= 3
    assert len(shown) <= sum(until - since > 3_000 for since, until in stood) + 2 + len(carried)
    # Between two pictures lie a movement and three seconds of Park: nothing flickers.
    for (_, gone_ms), (back_ms, _) in pairwise(shown):
        assert back_ms - gone_ms > 3_000
    gears = {point.at_ms: (point.gear, point.speed_kmh) for point in played.points}
    assert all(
        gears[gone_ms] != (signals.GEAR_PARK, 0) for _, gone_ms in shown[:-1] if gone_ms not in carried
    )
    # Parked markets agree with one another; Germany waits for the ignition, of which nothing is told.
    assert {market for market, mount in found.flips if mount.zone == "driver"} == {*MARKETS} - {"DE"}


def row(name: str, drive: trace.Trace) -> str:
    """The line of the table in the guide for operators."""
    hours, stood = drive.duration_ms / 3_600_000, len(stops(drive.points))
    states = len(replay(drive).states)
    shown = len(replay(whole(drive, AT_EVERY_STOP)).pictures) - 2
    return (
        f"| `{name}` | {60 * hours:.0f} | {stood} | {states} ({states / hours:.0f}) | 0 "
        f"| {max(shown, 0)} ({max(shown, 0) / hours:.0f}) |"
    )


def test_the_guide_tells_how_often_real_drives_switch(real_data):
    told = [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("| `T")]
    drives = {name: trace.read((real_data / "traces" / name).read_bytes()) for name in NAMES}
    assert told == [row(name.removesuffix(".csv"), one) for name, one in drives.items()]


async def test_the_server_leaves_the_same_records(drive, aredis, database, clock, signer, new_id):
    """What is replayed here by hand, by the verb that takes the messages, on a real Redis."""
    drive = whole(drive, AT_EVERY_STOP)
    house = PlayersHouse(aredis, database, clock, signer, new_id)
    house.register(Vehicle("veh_1", "Twizy", location_consent=True))
    feed, began_ms = house.feed(), clock.now_ms()
    for point in drive.points:
        clock.advance((began_ms + point.at_ms - clock.now_ms()) / 1000)
        reported = await house.report(feed, trace.samples(point, clock.now_ms()))
        assert not reported.refusals
    left = [replace(one, vehicle_id="veh", at_ms=one.at_ms - began_ms + START) for one in house.left]
    expected = replay(drive).switches
    assert left[1:] == expected[1:]
    # The first was left before the records had told the market.
    assert (left[0].rule, left[0].signals) == (expected[0].rule, expected[0].signals)
    assert left[0].policy == "strict"
