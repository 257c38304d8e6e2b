import numpy as np
import pytest

from geotarget.cells import Cells

EDGES = [(-180.0, -1e-9), (-90.0, 0.0), (90.0, 180.0), (0.0, 0.0), (48.1, -1.7)]


def boxes(chance, count):
    """Of all sizes, from metres to half the Earth, many of them across the antimeridian."""
    middle = np.column_stack([chance.uniform(-89, 89, count), chance.uniform(-180, 180, count)])
    half = 10 ** chance.uniform(-4, 1.9, (count, 1)) * chance.uniform(0.6, 1, (count, 2))
    low, high = middle - half, middle + half
    return low[:, 1], low[:, 0], high[:, 1], high[:, 0]


def holding(given, latitude, longitude):
    west, south, east, north = given
    inside = np.zeros(len(west), dtype=bool)
    for turn in (-360, 0, 360):
        inside |= (west <= longitude + turn) & (longitude + turn <= east)
    return set(np.flatnonzero(inside & (south <= latitude) & (latitude <= north)).tolist())


def test_all_boxes_that_hold_a_point_are_found_and_not_many_others():
    chance = np.random.default_rng(3)
    given = boxes(chance, 2_000)
    cells = Cells(*given)
    found = held = 0
    for latitude, longitude in [*chance.uniform([-90, -180], [90, 180], (500, 2)).tolist(), *EDGES[1:]]:
        near, inside = set(cells.at(latitude, longitude).tolist()), holding(given, latitude, longitude)
        assert inside <= near
        found, held = found + len(near), held + len(inside)
    assert found < 4 * held


@pytest.mark.parametrize("point", [(0.0, 179.9999), (0.0, -179.9999), (0.0, 180.0), (0.0, -180.0)])
def test_a_box_across_the_antimeridian_is_found_from_both_sides(point):
    west, east = (np.array(edge) for edge in ([179.9, -180.1], [180.1, -179.9]))
    cells = Cells(west, np.array([-0.1, -0.1]), east, np.array([0.1, 0.1]))
    assert cells.at(*point).tolist() == [0, 1]
    assert cells.at(0.0, 0.0).tolist() == []


def test_a_box_around_a_pole_is_found_from_all_longitudes_and_no_boxes_hold_nothing():
    cap = Cells(np.array([-180.0]), np.array([89.9]), np.array([180.0]), np.array([90.1]))
    assert all(cap.at(89.95, float(longitude)).size for longitude in range(-180, 181, 7))
    none = np.empty(0)
    assert Cells(none, none, none, none).at(0.0, 0.0).tolist() == []
