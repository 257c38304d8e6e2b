"""How much is let through, what is learned from it, and the plans that it is held to."""

import pytest

from adserver.booking.terms import PPM, Pacing
from adserver.serving.pacing import curve, first_plenty, learned, pass_ppm, wanted


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


def test_what_is_wanted_is_what_the_plan_grows_by_and_a_tenth_of_what_is_missing():
    # A hundredth of a goal of 1,000 ahead is no fault: 10 showings.
    assert wanted(510, 1_000, 0.5, 0.502) == pytest.approx(2)
    assert wanted(490, 1_000, 0.5, 0.502) == pytest.approx(2 + 2)
    assert wanted(530, 1_000, 0.5, 0.502) == pytest.approx(2 - 2)
    assert wanted(540, 1_000, 0.5, 0.502) < 0


def test_one_showing_is_never_too_many_ahead():
    assert wanted(1, 10, 0.0, 0.0) == 0
    assert wanted(2, 10, 0.0, 0.0) < 0 < wanted(0, 10, 0.0, 0.0)


def test_the_part_is_what_is_wanted_of_what_the_minute_brings():
    # Of 1,000 that could be had four times, a thousandth passes: 4 showings.
    assert pass_ppm(1, 1_000, 4.0, 0.001, 1_000) == PPM // 4
    assert pass_ppm(9, 1_000, 4.0, 0.001, 1_000) == PPM
    assert pass_ppm(0, 1_000, 4.0, 0.001, 1_000) == pass_ppm(-3, 1_000, 4.0, 0.001, 1_000) == 0


def test_a_minute_in_which_nobody_is_expected_opens_no_door():
    quiet = pass_ppm(0.5, 1_000, 4.0, 0.2 / 1_000, 1_000)
    assert pass_ppm(0.5, 1_000, 4.0, 0.0, 1_000) == quiet == round(PPM * 0.5 / 0.8)


def test_it_is_learned_how_often_the_goal_could_be_had():
    assert learned(2.0, had=10, let=5) == pytest.approx(2.0)
    assert learned(2.0, had=20, let=5) == pytest.approx(2.0 * 25 / 15)
    assert learned(2.0, had=0, let=0.5) == pytest.approx(2.0 * 5 / 6)


def test_nothing_is_learned_while_nothing_is_let_through_and_less_than_once_is_as_once():
    assert learned(7.0, had=0, let=0) == 7.0
    assert learned(1.2, had=0, let=50) == 1.0


def test_what_is_known_at_first():
    assert first_plenty(20, 300) == 10
    assert first_plenty(20, 10) == first_plenty(20, None) == first_plenty(0, 10) == 1
