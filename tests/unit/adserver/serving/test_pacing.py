"""The rule by which the part that is let through grows and shrinks, and the plans that it is held to."""

import pytest

from adserver.booking.terms import PPM, Pacing
from adserver.serving.pacing import LEAST_PPM, curve, first_ppm, step_ppm


@pytest.mark.parametrize(
    ("pacing", "plans"),
    [
        (Pacing.EVEN, [0.0, 0.4, 0.8, 1.0]),
        (Pacing.FRONT, [0.0, 0.5, 1.0, 1.0]),
        (Pacing.FAST, [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_what_is_planned_when_so_much_traffic_has_passed(pacing, plans):
    assert [curve(pacing, passed) for passed in (0.0, 0.4, 0.8, 1.0)] == plans


def test_it_grows_by_a_tenth_while_no_more_than_planned_was_had_and_shrinks_by_a_tenth_else():
    assert step_ppm(500_000, 500, 1000, 0.5, 0.001) == 550_000
    assert step_ppm(500_000, 510, 1000, 0.5, 0.001) == 550_000  # within a hundredth of its goal
    assert step_ppm(500_000, 511, 1000, 0.5, 0.001) == 450_000


def test_two_showings_are_never_too_many_ahead():
    assert step_ppm(500_000, 1, 10, 0.0, 1.0) == step_ppm(500_000, 2, 10, 0.0, 1.0) == 550_000
    assert step_ppm(500_000, 3, 10, 0.0, 1.0) == 450_000


def test_it_stays_within_its_bounds_and_comes_back():
    least = most = 500_000
    for _ in range(200):
        least, most = step_ppm(least, 10, 10, 0.0, 0.1), step_ppm(most, 0, 10, 0.5, 0.1)
    assert (least, most) == (LEAST_PPM, PPM)
    for _ in range(120):
        least = step_ppm(least, 0, 10, 0.5, 0.1)
    assert least == PPM


def test_it_does_not_grow_while_nobody_drives():
    assert step_ppm(500_000, 0, 10, 0.5, 0.1, traffic=0.1) == 500_000
    assert step_ppm(500_000, 9, 10, 0.5, 0.1, traffic=0.1) == 450_000


def test_it_begins_with_half_as_much_again_as_is_wanted():
    assert first_ppm(10, 100) == 150_000
    assert first_ppm(90, 100) == first_ppm(10, None) == first_ppm(10, 0) == PPM
    assert first_ppm(0, 10**9) == LEAST_PPM
