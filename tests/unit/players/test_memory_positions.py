"""Positions in memory: the newest, for a minute, of a bounded number of vehicles."""

from adserver.serving.avail import Location
from geotarget.area import Disc, make_area
from geotarget.area_index import AreaIndex
from geotarget.fence import State
from geotarget.fence_index import FenceIndex
from players.adapters import memory_positions
from players.adapters.memory_positions import MemoryPositions
from players.feed.consent import GRACE_MS


def test_a_minute_and_no_longer():
    held = MemoryPositions()
    held.put("a", Location(1, 1), 0)
    held.put("a", Location(2, 2), 1_000)
    assert held.get("a", 61_000) == Location(2, 2)
    assert held.get("a", 61_001) is None
    assert held.get("b", 0) is None


def test_the_oldest_give_way(monkeypatch):
    monkeypatch.setattr(memory_positions, "VEHICLES_LIMIT", 3)
    held = MemoryPositions()
    for n, name in enumerate("abcda"):
        held.put(name, Location(n, n), n)
    assert [held.get(name, 5) is not None for name in "abcd"] == [True, False, True, True]


def test_what_was_on_its_way_when_consent_was_taken_back_is_not_held():
    held = MemoryPositions()
    held.put("a", Location(1, 1), 0)
    held.forget("a", 1_000)
    for at_ms in (999, 1_000, 1_000 + GRACE_MS):
        held.put("a", Location(2, 2), at_ms)
        assert held.get("a", at_ms) is None
    held.put("b", Location(2, 2), 1_000)
    assert held.get("b", 1_000)
    # By a feed that asked anew.
    held.put("a", Location(3, 3), 1_001 + GRACE_MS)
    assert held.get("a", 1_001 + GRACE_MS) == Location(3, 3)


def test_what_is_too_old_is_forgotten_by_the_next():
    held = MemoryPositions()
    held.put("a", Location(1, 1), 0)
    held.put("b", Location(1, 1), 60_001)
    assert list(held._held) == ["b"]


def drive(held, vehicle_id="a", since_ms=0, seconds=60, north_m=20.0, heading=None):
    for second in range(seconds):
        latitude = 48 + second * north_m / 111_320
        held.put(vehicle_id, Location(latitude, -1.7, heading), since_ms + second * 1_000)


def test_the_course_follows_from_where_it_was():
    held = MemoryPositions()
    assert held.course("a", "FR", 0) is None
    drive(held)
    course = held.course("a", "GB", 60_000)
    assert abs(course.heading_deg) < 0.1
    assert 19 < course.speed_mps < 21
    assert course.keeps_left
    assert len(course.trail) <= 16
    assert held.course("a", "FR", 59_000 + 60_001) is None


def test_a_told_heading_goes_first_and_a_car_that_stands_has_none():
    held = MemoryPositions()
    drive(held, heading=200.0)
    assert held.course("a", "FR", 60_000).heading_deg == 200
    drive(held, since_ms=60_000, north_m=0, heading=200.0)
    assert held.course("a", "FR", 120_000) is None


def test_nothing_of_where_it_was_outlives_the_consent():
    held = MemoryPositions()
    drive(held)
    held.forget("a", 60_000)
    assert held.course("a", "FR", 60_000) is None
    later_ms = 60_001 + GRACE_MS
    held.put("a", Location(48.5, -1.7), later_ms)
    assert held.course("a", "FR", later_ms) is None


def test_trails_are_forgotten_with_their_vehicles(monkeypatch):
    monkeypatch.setattr(memory_positions, "VEHICLES_LIMIT", 2)
    held = MemoryPositions()
    for n, name in enumerate("abcd"):
        drive(held, name, n * 100, seconds=1)
    assert sorted(held._trails) == ["c", "d"]
    held.put("e", Location(1, 1), 10**9)
    assert sorted(held._trails) == ["e"]


AREA = make_area("t", "1", "Here", Disc(48.0, -1.7, 1_000))
FENCES = FenceIndex([AREA.area_id], AreaIndex([AREA]))
NONE = FenceIndex()


def test_a_car_is_followed_through_the_fences_that_are_asked_for():
    held = MemoryPositions(lambda: FENCES)
    drive(held, seconds=120)
    (stay,) = held.stays("a", 119_000)
    assert (stay.area_id, stay.state, stay.seen_ms) == (AREA.area_id, State.LEFT, 119_000)
    assert 50_000 < stay.since_ms < 60_000
    assert held.stays("a", 119_000 + memory_positions.KEPT_MS + 1) == ()
    assert held.stays("b", 119_000) == ()


def test_where_no_fence_is_asked_for_nothing_is_remembered_of_any():
    fences = FENCES
    held = MemoryPositions(lambda: fences)
    drive(held, seconds=3)
    assert held._tracks
    fences = NONE
    drive(held, "b", since_ms=3_000, seconds=1)
    assert not held._tracks
    assert held.stays("a", 3_000) == ()


def test_fences_are_forgotten_with_the_consent_and_with_the_vehicle(monkeypatch):
    held = MemoryPositions(lambda: FENCES)
    drive(held, seconds=3)
    held.forget("a", 3_000)
    assert held.stays("a", 3_000) == ()
    held.put("a", Location(48, -1.7), 3_001)
    assert not held._tracks
    monkeypatch.setattr(memory_positions, "VEHICLES_LIMIT", 2)
    for n, name in enumerate("abcd"):
        drive(held, name, 100_000 + n * 100, seconds=1)
    assert sorted(held._tracks) == ["c", "d"]
