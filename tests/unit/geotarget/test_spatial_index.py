import random

import pytest

from geotarget import spatial_index
from geotarget.distance import geodesic_m
from geotarget.place import Category, Place, place_id_of
from geotarget.spatial_index import PlaceIndex


def at(name, latitude, longitude, category=Category.FUEL):
    return Place(place_id_of("t", name), "t", name, name, "", category, latitude, longitude)


RENNES = PlaceIndex(
    [
        at("a", 48.11, -1.68),
        at("b", 48.12, -1.68, Category.HOTEL),
        at("c", 48.13, -1.68),
        at("d", 48.5, -1.68),
    ]
)


def names(found):
    return [nearby.place.name for nearby in found]


def test_nearest_first_within_the_radius():
    found = RENNES.near(48.129, -1.68, 3000)
    assert names(found) == ["c", "b", "a"]
    assert [round(n.distance_m) for n in found] == [111, 1001, 2113]


def test_only_the_category_and_the_limit():
    assert names(RENNES.near(48.129, -1.68, 3000, category=Category.FUEL)) == ["c", "a"]
    assert names(RENNES.near(48.129, -1.68, 3000, limit=1)) == ["c"]
    assert names(RENNES.near(48.129, -1.68, 3000, category=Category.DEALER)) == []


def test_across_the_antimeridian_and_over_the_pole():
    index = PlaceIndex([at("west", 60, 179.99), at("east", 60, -179.99), at("arctic", 89.999, 10)])
    assert names(index.near(60, -179.995, 2000)) == ["east", "west"]
    assert names(index.near(60, 179.995, 2000)) == ["west", "east"]
    assert names(index.near(89.999, -170, 300)) == ["arctic"]


def test_places_at_one_point_come_by_id_so_that_answers_repeat():
    twins = [at(str(i), 48, 2) for i in range(20)]
    expected = sorted(twin.place_id for twin in twins)
    assert [n.place.place_id for n in PlaceIndex(reversed(twins)).near(48, 2, 0)] == expected
    assert [n.place.place_id for n in PlaceIndex(twins).near(48, 2, 0, limit=5)] == expected[:5]


def test_an_empty_index_and_single_places():
    assert names(PlaceIndex([]).near(0, 0, 1e7)) == []
    assert names(RENNES.near(48.129, -1.68, 3000, limit=0)) == []
    assert len(RENNES) == 4
    assert RENNES.get(place_id_of("t", "a")).name == "a"
    assert RENNES.get("plc_none") is None


def test_what_was_found_is_a_sequence():
    found = RENNES.near(48.129, -1.68, 3000)
    assert len(found) == 3
    assert found[0].place.name == "c"
    assert names(found[1:]) == ["b", "a"]
    assert names(found[-1:]) == ["a"]
    assert [one.distance_m for one in found] == found.distances_m.tolist()


def test_all_the_way_round_a_pole_and_up_to_the_last_longitude():
    index = PlaceIndex([at("dateline", 89.9, 180), at("other", 89.9, -180), at("zero", 89.9, 0)])
    assert sorted(names(index.near(90, 0, 20_000))) == ["dateline", "other", "zero"]
    assert sorted(names(PlaceIndex([at("last", 10, 180)]).near(10, 179.99, 2000))) == ["last"]


@pytest.mark.parametrize("pairs_at_once", [1, 50, 2_000_000])
def test_how_far_the_nearest_is_from_each_of_many(monkeypatch, pairs_at_once):
    monkeypatch.setattr(spatial_index, "_PAIRS_AT_ONCE", pairs_at_once)
    roll = random.Random(7)
    spots = [(roll.uniform(46, 50), roll.uniform(178, 182)) for _ in range(60)]
    spots = [(latitude, (longitude + 180) % 360 - 180) for latitude, longitude in spots]
    index = PlaceIndex(at(str(n), *spot) for n, spot in enumerate(spots[:20]))
    found = index.nearest_m(spots[20:] + spots[:1])
    nearest = [min(geodesic_m(*here, *there) for there in spots[:20]) for here in spots[20:]]
    assert found[:-1] == pytest.approx(nearest, abs=3)
    assert found[-1] < 1


def test_nothing_is_near_where_nothing_is():
    assert PlaceIndex([]).nearest_m([(48, 2)]).tolist() == [float("inf")]
    assert RENNES.nearest_m([]).tolist() == []
