import math

import pytest

from geotarget.area import Around, Border, Corridor, Disc, PlaceSet, make_area
from geotarget.area_index import AreaIndex
from geotarget.place import Category, Place
from kernel.errors import Invalid

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0))
HOLE = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.5, 0.5))
ISLAND = ((10.0, 0.0), (11.0, 0.0), (11.0, 1.0), (10.0, 0.0))


def at(name, latitude, longitude, brand=""):
    return Place(name, "t", name, name, brand, Category.FUEL, latitude, longitude)


def index_of(shapes, places=()):
    return AreaIndex([make_area("t", name, name, shape) for name, shape in shapes.items()], places)


def names(index, latitude, longitude):
    return sorted(index.get(one).name for one in index.containing(latitude, longitude))


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (0.2, 0.2, True),
        (0.75, 0.75, False),
        (0.75, 0.5, True),  # on the hole's own border
        (0.0, 1.0, True),
        (2.0, 2.0, True),
        (2.0000001, 2.0, False),
        (0.1, 10.5, True),
        (0.9, 10.1, False),
    ],
)
def test_a_border_with_a_hole_and_an_island(latitude, longitude, inside):
    index = index_of({"a": Border(((SQUARE, HOLE), (ISLAND,)))})
    assert names(index, latitude, longitude) == ["a"] * inside


def test_a_disc_across_the_antimeridian_and_over_a_pole():
    index = index_of({"line": Disc(10, 179.999, 1000), "pole": Disc(89.99, 0, 5000)})
    assert names(index, 10, -179.999) == ["line"]
    assert names(index, 89.98, 180) == ["pole"]
    assert names(index, 10, 179.98) == []


def test_both_longitudes_of_the_antimeridian_are_one():
    east = ((179.0, 0.0), (180.0, 0.0), (180.0, 1.0), (179.0, 1.0), (179.0, 0.0))
    index = index_of({"east": Border(((east,),)), "road": Corridor(((179.9, 5.0), (180.0, 5.0)), 2000)})
    assert names(index, 0.5, 180) == names(index, 0.5, -180) == ["east"]
    assert names(index, 5.0, -180) == names(index, 5.005, -179.999) == ["road"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (48.5, 0.0, True),
        (48.5, 0.0134, True),  # 990 m to the east
        (48.5, 0.0137, False),
        (49.0089, 0.0, True),  # round ends, 990 m
        (49.0091, 0.0, False),
        (49.0085, 0.0085, False),
    ],
)
def test_a_corridor_is_as_wide_as_it_says(latitude, longitude, inside):
    index = index_of({"road": Corridor(((0.0, 48.0), (0.0, 49.0)), 2000)})
    assert names(index, latitude, longitude) == ["road"] * inside


def test_around_any_place_of_a_set():
    places = [at("n", 48.2, 2, "Avia"), at("s", 48.0, 2, "avia"), at("other", 47.0, 2, "Elan")]
    index = index_of(
        {"avia": Around(PlaceSet(brand="AVIA"), 1000), "all": Around(PlaceSet(source="t"), 1000)}, places
    )
    assert names(index, 48.201, 2) == ["all", "avia"]
    assert names(index, 48.0, 2.001) == ["all", "avia"]
    assert names(index, 47.0, 2) == ["all"]
    assert names(index, 48.1, 2) == []


def test_a_point_in_many_areas_of_every_kind():
    index = index_of(
        {
            "disc": Disc(1.5, 1.5, 1000),
            "border": Border(((SQUARE, HOLE),)),
            "road": Corridor(((1.0, 1.5), (3.0, 1.5)), 500),
            "far": Disc(-1.5, 1.5, 1000),
        }
    )
    assert names(index, 1.5, 1.5) == ["border", "disc", "road"]
    assert len(index) == len(list(index)) == 4
    assert index.get("are_none") is None


def test_a_little_outside_is_still_near():
    index = index_of({"a": Border(((SQUARE,),))})
    (area_id,) = index.containing(1, 1)
    metre = 1 / 111_320
    assert index.within([area_id], 1, 2 + 20 * metre, 30)
    assert not index.within([area_id], 1, 2 + 40 * metre, 30)
    assert not index.within(["are_other"], 1, 1, 30)


def test_nowhere_in_no_areas():
    assert AreaIndex([]).containing(48, 2) == []
    with pytest.raises(Invalid, match="latitude-out-of-range"):
        AreaIndex([]).containing(91, 2)


def test_positions_of_a_road_that_are_the_same_but_for_their_last_digits():
    longitude, latitude = -3.4060006023771883, 49.57497072153535
    twice = ((longitude, latitude), (longitude, math.nextafter(latitude, 90)), (longitude + 0.05, latitude))
    index = index_of({"road": Corridor(twice, 200)})
    assert names(index, latitude + 0.0005, longitude) == ["road"]
    assert names(index, latitude, longitude + 0.04) == ["road"]
    assert names(index, latitude + 0.0011, longitude) == []
