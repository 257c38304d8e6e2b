"""Real drives of a car that has no Park: what the driver may see during them, sample by sample."""

from collections import Counter

import pytest

from media.house_format import Medium
from players.feed import driving_state, trace, vehicle_state
from players.feed.driving_state import DrivingState, judge
from players.feed.feed import Feed
from players.feed.head_unit import Mount, Zone
from players.feed.motion_policy import Permitted, permit
from players.feed.vehicle_state import Taken
from tests.players.house import POLICIES

NAMES = (
    "T1_07_01_2021.csv", "T3_04_22_2021_1.csv", "T3_04_26_2021_1.csv", "T3_05_25_2021_1.csv",
    "T3_05_25_2021_2.csv", "T3_05_25_2021_3.csv", "T3_05_31_2021.csv",
)  # fmt: skip
START = 1_800_000_000_000
RENNES = 48.1173, -1.6778


@pytest.fixture(params=NAMES)
def drive(request, real_data) -> trace.Trace:
    return trace.read((real_data / "traces" / request.param).read_bytes())


class Car:
    """Takes a trace's samples as the server would, position and all."""

    def __init__(self) -> None:
        self.feed = Feed("veh", 6, True)

    def hear(self, point: trace.Point) -> None:
        now_ms = START + point.at_ms
        newest, taken = self.feed.newest_ms(), []
        for sample in trace.samples(point, now_ms):
            judged = vehicle_state.accept(newest, sample, 6, now_ms)
            assert isinstance(judged, Taken), judged
            taken.append(judged)
        state = vehicle_state.apply(self.feed.state, taken, now_ms, driving_state.says_parked)
        if self.feed.carried(self.feed.locate(taken), driving_state.stands(state, now_ms)):
            state = vehicle_state.carried(state, now_ms)
        self.feed.state = state

    def shows(self, now_ms: int) -> bool:
        return isinstance(
            permit(POLICIES, self.feed.state, Mount(Zone.DRIVER), Medium.VIDEO, now_ms), Permitted
        )


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
    from itertools import pairwise

    from geotarget.distance import geodesic_m

    def length_m(one: trace.Trace) -> float:
        step = one.points[::30]
        return sum(geodesic_m(a.latitude, a.longitude, b.latitude, b.longitude) for a, b in pairwise(step))

    moved = trace.shifted(drive, *RENNES)
    assert length_m(moved) == pytest.approx(length_m(drive), rel=0.005)
    assert (moved.points[0].latitude, moved.points[0].longitude) == pytest.approx(RENNES)
