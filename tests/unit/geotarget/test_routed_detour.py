import pytest

from geotarget.coarsen import cell
from geotarget.detour import TURN_S
from geotarget.routed_detour import NEAREST_M, detours_by, table_of

HERE = 48.123, -1.687
CELL = 48.12, -1.69
NORTH = 48.173, -1.667


def detour_by(latitude, longitude, heading_deg, place, distance_m):
    (found,) = detours_by(latitude, longitude, heading_deg, [(place, distance_m)])
    return found


def test_a_place_ahead_is_on_the_way_to_where_the_car_would_be_anyway():
    found = detour_by(*HERE, 0.0, NORTH, 6_000)
    assert (found.here, found.place, found.turns) == (CELL, NORTH, False)
    assert found.onward == (48.17, -1.69)
    times = {
        (CELL, NORTH): 400.0,
        (NORTH, found.onward): 120.0,
        (CELL, found.onward): 300.0,
    }
    assert set(found.ways) == set(times)
    assert found.takes_s(times) == 220
    assert found.takes_s(times | {(CELL, found.onward): 900.0}) == 0


def test_a_place_behind_is_there_and_back_and_a_turn():
    found = detour_by(*HERE, 180.0, NORTH, 6_000)
    assert (found.onward, found.turns) == (CELL, True)
    assert found.takes_s({(CELL, NORTH): 400.0, (NORTH, CELL): 380.0}) == 780 + TURN_S


def test_without_a_course_it_is_there_and_back():
    found = detour_by(*HERE, None, NORTH, 6_000)
    assert found.takes_s({(CELL, NORTH): 400.0, (NORTH, CELL): 380.0}) == 780


@pytest.mark.parametrize("way", [0, 1, 2])
def test_a_way_that_is_not_known_or_is_none_tells_nothing(way):
    found = detour_by(*HERE, 0.0, NORTH, 6_000)
    times = dict.fromkeys(found.ways, 100.0)
    assert found.takes_s(times) == 100
    assert found.takes_s(times | {found.ways[way]: None}) is None
    del times[found.ways[way]]
    assert found.takes_s(times) is None


def test_what_is_told_of_a_car_is_its_cell_and_near_a_place_not_even_that():
    for heading_deg in (None, 0.0, 77.7, 200.0):
        found = detour_by(*HERE, heading_deg, NORTH, 6_000)
        for node in {found.here, found.onward}:
            assert cell(*node) == f"{node[0]:.2f},{node[1]:.2f}"
            assert node == (round(node[0], 2), round(node[1], 2))
    assert detour_by(*HERE, 0.0, NORTH, NEAREST_M - 1) is None


def test_the_edges_of_the_map():
    east = detour_by(10.0, 179.999, 90.0, (10.0, -179.95), 5_600)
    assert east.onward == (10.0, -179.95)
    assert detour_by(89.99, 0.0, 0.0, (89.9, 0.0), 10_000).turns
    assert detour_by(89.0, 10.0, 0.0, (89.9, 10.0), 100_000).onward[0] <= 90


def test_a_table_has_each_node_once():
    ways = detour_by(*HERE, 0.0, NORTH, 6_000).ways + detour_by(*HERE, 0.0, (48.2, -1.7), 9_000).ways
    sources, targets = table_of(ways)
    assert sources == [CELL, NORTH, (48.2, -1.7)]
    assert targets == [NORTH, (48.17, -1.69), (48.2, -1.7), (48.2, -1.69)]
