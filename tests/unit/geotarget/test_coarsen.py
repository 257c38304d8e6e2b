import numpy as np
import pytest

from geotarget.coarsen import COARSE_M, cell, coarse_all_s, coarse_m, coarse_s, coarse_steps
from geotarget.distance import chords_of
from kernel.errors import Invalid


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ((48.1113, -1.6800), "48.11,-1.68"),
        ((-0.001, -0.001), "0.00,0.00"),
        ((12, 180), "12.00,-180.00"),
        ((12, 179.996), "12.00,-180.00"),
        ((90, 77), "90.00,0.00"),
        ((70.001, 25.012), "70.00,25.02"),
    ],
)
def test_a_cell_is_named_by_its_middle(point, name):
    assert cell(*point) == name


def test_what_is_no_position_has_no_cell():
    with pytest.raises(Invalid, match="latitude-out-of-range"):
        cell(91, 0)


@pytest.mark.parametrize(
    ("exact_m", "told_m"),
    [(0, 0), (24.9, 0), (26, 50), (777.5, 800), (999.9, 1000), (1049, 1000), (1112, 1100)],
)
def test_a_distance_is_told_in_steps(exact_m, told_m):
    assert coarse_m(exact_m) == told_m


def test_many_are_coarsened_as_one_by_one():
    edges = [24.9, 25.1, 74.9, 75.1, 974.9, 975.1, 999.9, 1_000.0, 1_049.9, 1_050.1, 12_345.6]
    distances = np.array([0.0, *edges, *np.linspace(0, 500_000, 20_011).tolist()])
    steps = coarse_steps(chords_of(distances) ** 2)
    assert COARSE_M.take(steps).tolist() == [coarse_m(one) for one in distances.tolist()]
    detours = np.array([0.0, 7.4, 7.6, 22.5, 61.0, 3_599.0])
    assert coarse_all_s(detours).tolist() == [coarse_s(one) for one in detours.tolist()]
    assert (coarse_s(600.0), coarse_s(600.1)) == (600.0, 615.0)
