"""The range, as feeds tell it."""

import pytest

from players.feed.acceptance import Reading
from players.feed.remaining_range import KNOWN_MS, range_m
from players.feed.signals import RANGE
from players.feed.vehicle_state import VehicleState


@pytest.mark.parametrize(
    ("value", "age_ms", "expected"),
    [
        (12_000, 0, 12_000),
        (12_000, KNOWN_MS, 12_000),
        (12_000, KNOWN_MS + 1, None),
        (0, 0, None),
        (None, 0, None),
    ],
)
def test_a_range_is_known_while_it_is_fresh(value, age_ms, expected):
    state = VehicleState(readings={RANGE: Reading(value, 1_000_000, 1_000_000)})
    assert range_m(state, 1_000_000 + age_ms) == expected


def test_a_vehicle_that_never_told():
    assert range_m(VehicleState(), 0) is None
