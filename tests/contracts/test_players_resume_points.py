"""Resume points on every database that is at hand."""

import pytest

from players.adapters.sql_resume_points import SqlResumePoints
from players.adapters.tables import metadata
from players.playback.resume_point import POINTS_LIMIT, ResumePoint


@pytest.fixture
def points(engine) -> SqlResumePoints:
    metadata.create_all(engine)
    return SqlResumePoints(engine)


def point(
    at_ms: int, content_id: str = "itm_1", vehicle_id: str = "veh_1", position_ms: int = 1
) -> ResumePoint:
    return ResumePoint(vehicle_id, content_id, f"item/{content_id}", position_ms, 9, False, at_ms)


def test_the_latest_is_kept(points):
    assert points.put(point(10, position_ms=1))
    assert not points.put(point(9, position_ms=2))
    assert points.get("veh_1", "itm_1", 0).position_ms == 1
    assert points.put(point(10, position_ms=3))
    assert points.get("veh_1", "itm_1", 10).position_ms == 3
    assert points.get("veh_1", "itm_1", 11) is None
    assert points.get("veh_2", "itm_1", 0) is None


def test_a_vehicles_are_listed_the_latest_first(points):
    for at_ms, content_id in ((3, "b"), (1, "a"), (2, "c")):
        points.put(point(at_ms, content_id))
    points.put(point(9, "z", "veh_2"))
    assert [one.content_id for one in points.of("veh_1", 0, 9)] == ["b", "c", "a"]
    assert [one.content_id for one in points.of("veh_1", 2, 1)] == ["b"]


def test_a_vehicle_has_no_more_than_it_may(points):
    for at_ms in range(POINTS_LIMIT + 5):
        points.put(point(at_ms, f"itm_{at_ms}"))
    kept = points.of("veh_1", 0, 1_000)
    assert len(kept) == POINTS_LIMIT
    assert kept[-1].at_ms == 5


def test_what_is_erased_and_what_is_too_old(points):
    for at_ms, content_id in ((1, "a"), (2, "b"), (3, "c")):
        points.put(point(at_ms, content_id))
    points.put(point(1, "a", "veh_2"))
    assert points.erase("veh_1", "b") == 1
    assert points.expire(2) == 2
    assert [one.content_id for one in points.of("veh_1", 0, 9)] == ["c"]
    assert points.erase("veh_1") == 1
    assert points.of("veh_1", 0, 9) == []
