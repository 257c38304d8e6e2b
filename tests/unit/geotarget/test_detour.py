import numpy as np
import pytest

from geotarget.detour import TURN_S, WINDING, detour_s, detours_s, travel_s, travels_s


def test_the_first_kilometres_are_slow():
    assert travel_s(0) == 0
    assert travel_s(1_000 / WINDING) == pytest.approx(3600 / 25)
    assert travel_s(5_000 / WINDING) == pytest.approx(3600 * (1 / 25 + 4 / 40))
    assert travel_s(20_000 / WINDING) == pytest.approx(3600 * (1 / 25 + 4 / 40 + 15 / 60))
    assert travel_s(110_000 / WINDING) == pytest.approx(3600 * (1 / 25 + 4 / 40 + 15 / 60 + 1))


def test_what_lies_on_the_way_costs_nothing():
    assert detour_s(5_000, 0) == 0
    assert detour_s(5_000, 100) < 60


def test_what_lies_behind_costs_the_way_there_and_back_and_a_turn():
    assert detour_s(-5_000, 0) == pytest.approx(2 * travel_s(5_000) + TURN_S)
    assert detour_s(0, 5_000) == pytest.approx(2 * travel_s(5_000) + TURN_S)


def test_the_further_aside_the_longer():
    found = [detour_s(3_000, right) for right in (0, 500, 1_000, 2_000, 4_000, -4_000)]
    assert found == sorted(found)
    assert found[-1] == found[-2]


def test_many_at_once_are_as_one_by_one():
    distances = np.array([0.0, 10, 500, 769.3, 2_000, 3_900, 15_384, 90_000, 2e6])
    assert travels_s(distances) == pytest.approx([travel_s(one) for one in distances.tolist()])
    along = np.array([5_000.0, 0, -5_000, 3_000, 100, -20])
    right = np.array([0.0, 5_000, 10, -4_000, 900, 0])
    one_by_one = [detour_s(*pair) for pair in zip(along.tolist(), right.tolist(), strict=True)]
    assert detours_s(along, right) == pytest.approx(one_by_one)
