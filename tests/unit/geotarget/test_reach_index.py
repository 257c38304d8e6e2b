import pytest

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
