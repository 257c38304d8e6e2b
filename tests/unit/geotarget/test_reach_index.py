import pytest

from geotarget.course import Course, Side
from geotarget.detour import travel_s
from geotarget.place import Category, Place, place_id_of
from geotarget.reach_index import Circle, ReachIndex
from kernel.errors import Invalid


def at(name, latitude, longitude):
    return Place(place_id_of("t", name), "t", name, name, "", Category.DEALER, latitude, longitude)


NORTH, SOUTH = at("north", 48.2, -1.68), at("south", 48.0, -1.68)


def test_each_owner_once_with_its_nearest_covering_place():
    index = ReachIndex(
        [
            Circle("x", NORTH, 20_000),
            Circle("x", SOUTH, 20_000),
            Circle("y", SOUTH, 20_000),
            Circle("z", NORTH, 500),
        ]
    )
    found = index.covering(48.15, -1.68)
    assert [(r.owner_key, r.place.name, round(r.distance_m)) for r in found] == [
        ("x", "north", 5560),
        ("y", "south", 16679),
    ]
    assert index.covering(10, 10) == []


def test_across_the_antimeridian_and_around_the_pole():
    index = ReachIndex([Circle("line", at("l", 10, 179.999), 1000), Circle("pole", at("p", 89.99, 0), 5000)])
    assert [r.owner_key for r in index.covering(10, -179.999)] == ["line"]
    assert [r.owner_key for r in index.covering(89.98, 180)] == ["pole"]


@pytest.mark.parametrize("radius_m", [0, -1, float("nan"), 500_001])
def test_a_radius_that_is_none_is_refused(radius_m):
    with pytest.raises(Invalid, match="radius-out-of-range"):
        ReachIndex([Circle("x", NORTH, radius_m)])


SOUTHWARDS, NORTHWARDS = Course(180.0), Course(0.0)


def test_the_nearest_that_lies_ahead_and_where_there_is_none_the_nearest_behind():
    index = ReachIndex([Circle("x", NORTH, 20_000), Circle("x", SOUTH, 20_000), Circle("y", SOUTH, 20_000)])
    found = index.covering(48.15, -1.68, SOUTHWARDS)
    assert [(r.owner_key, r.place.name, r.side) for r in found] == [
        ("x", "south", Side.AHEAD),
        ("y", "south", Side.AHEAD),
    ]
    found = index.covering(48.15, -1.68, NORTHWARDS)
    assert [(r.owner_key, r.place.name, r.side) for r in found] == [
        ("x", "north", Side.AHEAD),
        ("y", "south", Side.BEHIND),
    ]
    assert found[0].detour_s < 60 < found[1].detour_s


def test_without_a_course_all_lies_ahead_and_costs_the_way_there_and_back():
    (found,) = ReachIndex([Circle("y", SOUTH, 20_000)]).covering(48.15, -1.68)
    assert (found.side, found.detour_s) == (Side.AHEAD, 2 * travel_s(found.distance_m))
    assert ReachIndex([Circle("y", SOUTH, 20_000)]).covering(49, -1.68, NORTHWARDS) == []
