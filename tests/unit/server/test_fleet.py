"""What the cars of a fleet do: plausible drives, spread over the fleet, within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotarget.distance import geodesic_m
from kernel.errors import Invalid
from server.cli_fleet import describe
from server.fleet import Load, Seen, check_open_files, where


@pytest.mark.parametrize(
    ("cars", "seconds", "rate_hz"),
    [(0, 1, 1), (10_001, 1, 1), (1, 0, 1), (1, 3601, 1), (1, 1, 0), (1, 1, 11), (1, float("nan"), 1)],
)
def test_load_has_bounds(cars, seconds, rate_hz):
    with pytest.raises(Invalid, match="fleet-out-of-range"):
        Load(cars, seconds, rate_hz)


def test_a_car_needs_a_socket():
    check_open_files(Load(100, 1), 132)
    with pytest.raises(Invalid, match="open-files-too-few"):
        check_open_files(Load(101, 1), 132)


@given(car=st.integers(0, 9_999), at_s=st.floats(0, 3600))
def test_a_car_moves_as_far_as_its_speed_says_and_is_parked_where_it_stands(car, at_s):
    before, after = where(car, at_s), where(car, at_s + 0.5)
    apart_m = geodesic_m(before.latitude, before.longitude, after.latitude, after.longitude)
    assert apart_m <= 50 / 3.6 * 0.5 * 1.02
    assert (before.gear == 126) == (before.speed_kmh == 0) == before.brake
    if before.speed_kmh == after.speed_kmh == 0:
        assert apart_m == 0


def test_some_stand_and_some_drive_at_any_moment():
    drives = [where(car, 100.0).speed_kmh > 0 for car in range(600)]
    assert 0.6 < sum(drives) / len(drives) < 0.75


def test_what_came_of_it_is_told():
    seen = Seen(9, 180, {"too-old": 3}, {"ConnectionRefusedError": 1}, 12.4)
    assert describe(Load(10, 10), seen).splitlines() == [
        "9 of 10 cars were connected and sent 180 reports, 18 a second; the latest 12 ms after its time.",
        "Answered with too-old: 3.",
        "Feeds lost ConnectionRefusedError: 1.",
    ]
