import numpy as np
import pytest

from geotarget.distance import (
    HALF_MERIDIAN_M,
    arcs_m,
    box_deg,
    boxes_deg,
    chord_bracket_m,
    chord_brackets_m,
    chords_m,
    earth_fixed,
    earth_point,
    farther,
    geodesic_m,
    short_arcs_m,
)

RNG = np.random.default_rng(7)


def pairs(spread_deg, count=300):
    lat_a = RNG.uniform(-89.9, 89.9, count)
    lon_a = RNG.uniform(-180, 180, count)
    lat_b = np.clip(lat_a + RNG.normal(0, spread_deg, count), -90, 90)
    lon_b = (lon_a + RNG.normal(0, spread_deg, count) + 180) % 360 - 180
    return lat_a, lon_a, lat_b, lon_b


@pytest.mark.parametrize(("spread_deg", "off_m"), [(0.001, 1e-6), (0.05, 0.001), (1, 3)])
def test_arcs_agree_with_geopy_as_promised(spread_deg, off_m):
    lat_a, lon_a, lat_b, lon_b = pairs(spread_deg)
    for a, b, c, d in zip(lat_a, lon_a, lat_b, lon_b, strict=True):
        arc_m = arcs_m(chords_m(earth_fixed(a, b), earth_fixed([c], [d])))[0]
        assert abs(arc_m - geodesic_m(a, b, c, d)) < off_m
        (short_m,) = short_arcs_m(chords_m(earth_fixed(a, b), earth_fixed([c], [d])) ** 2)
        assert abs(short_m - geodesic_m(a, b, c, d)) < off_m


@pytest.mark.parametrize("spread_deg", [1e-7, 0.01, 1, 10, 90])
def test_brackets_hold_the_geodesic_everywhere(spread_deg):
    lat_a, lon_a, lat_b, lon_b = pairs(spread_deg)
    chords = np.linalg.norm(earth_fixed(lat_a, lon_a) - earth_fixed(lat_b, lon_b), axis=1)
    exact = np.array([geodesic_m(*pair) for pair in zip(lat_a, lon_a, lat_b, lon_b, strict=True)])
    sure, possible = chord_brackets_m(np.minimum(exact, 500_000))
    near = exact <= 500_000
    assert (sure[near] <= chords[near]).all()
    assert (chords[near] <= possible[near]).all()
    for exact_m, chord_m in zip(exact.tolist(), chords.tolist(), strict=True):
        sure_m, possible_m = chord_bracket_m(exact_m)
        assert sure_m <= chord_m <= possible_m


@pytest.mark.parametrize("spread_deg", [1e-7, 1e-4, 1, 90])
def test_what_is_farther_is_what_the_geodesic_says(spread_deg):
    for pair in zip(*pairs(spread_deg, 60), strict=True):
        exact_m = geodesic_m(*pair)
        for limit_m in (exact_m * 0.999, exact_m - 1e-9, exact_m, exact_m + 1e-9, exact_m * 1.001, 30.0):
            assert farther(*pair, limit_m) == (exact_m > limit_m)
    assert farther(0, 0, 0, 180, HALF_MERIDIAN_M - 1_000)
    assert not farther(48, -1.6, 48, -1.6, 0)


def test_the_farthest_two_points_are_half_a_meridian_apart():
    assert geodesic_m(90, 0, -90, 0) <= HALF_MERIDIAN_M < geodesic_m(90, 0, -90, 0) + 2


def test_boxes_open_to_all_longitudes_around_a_pole():
    heights, widths = boxes_deg(
        np.array([48.0, 89.9, -89.9, 0.0]), np.array([1000.0, 20_000.0, 20_000.0, 3e7])
    )
    assert widths[1] == widths[2] == widths[3] == 180
    assert 0.009 < heights[0] < 0.0092
    assert 0.0134 < widths[0] < 0.0137


def test_one_circle_is_bounded_as_many_are():
    for latitude, radius_m in [(48.0, 1000.0), (89.9, 20_000.0), (-89.9, 20_000.0), (0.0, 3e7), (60.0, 1e6)]:
        heights, widths = boxes_deg(np.array([latitude]), np.array([radius_m]))
        assert box_deg(latitude, radius_m) == pytest.approx((heights[0], widths[0]))
        assert earth_point(latitude, 17.5) == pytest.approx(earth_fixed(latitude, 17.5), abs=1e-8)
