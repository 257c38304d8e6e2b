"""The simulator's drives are such as a car could make."""

from itertools import pairwise

import pytest

from players.feed.demo_drive import PARKED_S, ROUTES, DrivePoint, distance_m, drive
from players.feed.signals import GEAR_DRIVE, GEAR_PARK

RENNES = (48.1173, -1.6778)


@pytest.fixture(params=ROUTES, ids=lambda route: route.drive_id)
def points(request: pytest.FixtureRequest) -> list[DrivePoint]:
    return drive(request.param)


def test_it_begins_and_ends_parked_for_twenty_seconds(points: list[DrivePoint]) -> None:
    for end in (points[:20], points[-20:]):
        assert {(p.speed_kmh, p.gear, p.parking_brake) for p in end} == {(0.0, GEAR_PARK, True)}
        assert len({(p.lat, p.lon) for p in end}) == 1, "a parked car whose position moves is transported"


def test_one_point_a_second(points: list[DrivePoint]) -> None:
    assert [p.t_s for p in points] == list(range(len(points)))


def test_no_leap_of_place_or_speed(points: list[DrivePoint]) -> None:
    for a, b in pairwise(points):
        apart_m = distance_m((a.lat, a.lon), (b.lat, b.lon))
        assert apart_m <= max(a.speed_kmh, b.speed_kmh) / 3.6 + 1
        assert abs(a.speed_kmh - b.speed_kmh) < 16


def test_the_gear_is_drive_whenever_it_moves(points: list[DrivePoint]) -> None:
    assert all(p.gear == GEAR_DRIVE and not p.parking_brake for p in points if p.speed_kmh > 0)


def test_it_waits_at_lights_in_drive(points: list[DrivePoint]) -> None:
    waits = [p for p in points[21:-21] if p.speed_kmh == 0]
    assert len(waits) >= 8
    assert all(p.gear == GEAR_DRIVE for p in waits)


def test_it_passes_the_centre_of_rennes(points: list[DrivePoint]) -> None:
    assert min(distance_m((p.lat, p.lon), RENNES) for p in points) < 1_000


def test_drives_have_distinct_names() -> None:
    assert len({route.drive_id for route in ROUTES}) == len({route.title for route in ROUTES}) == len(ROUTES)


def test_the_short_drive_says_how_long_it_stands_first() -> None:
    (errand,) = [route for route in ROUTES if route.drive_id == "errand"]
    assert f"{PARKED_S} s parked" in errand.title
