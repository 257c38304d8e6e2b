"""Forecasts against a replay: what a simulated week before tells of the week after, each campaign alone.

Nothing but traffic and arithmetic; what a service with rivals makes of it is for ``benchmarks.forecast``.
"""

import numpy as np
import pytest

from benchmarks.forecast import errors, held_against
from benchmarks.simulation.demand import booked
from benchmarks.simulation.foresight import Before
from benchmarks.simulation.traffic import Scale, read_traces, traffic

SCALE = Scale(cars=200, campaigns=24, days=7, seed=5, break_every_min=4, card_every_min=5, radius_m=12_000)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    drives = read_traces(None)
    before, after = (traffic(drives, SCALE, week) for week in (0, 1))
    return held_against(booked(SCALE, before), Before.of(before), after)


def test_what_comes_is_as_forecast_within_what_is_stated(rows):
    assert len(rows) >= 15
    found = errors(rows)
    assert found["opportunities, median"] <= 0.1
    assert found["opportunities within their range"] >= 0.7


def test_what_caps_let_through_is_as_forecast_and_far_from_all(rows):
    """They keep back a quarter or more; without them in the numbers the forecast would be as far off."""
    found = errors(rows)
    came, through = rows[:, 0], rows[:, 1]
    assert through.sum() <= 0.8 * came.sum()
    assert found["what caps let through, median"] <= 0.12
    assert abs(found["showings possible alone, in all"]) <= 0.1
