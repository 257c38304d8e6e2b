"""The strict policy: pictures when parked, for every screen; sound always."""

import pytest

from media.house_format import Medium
from players import vehicle_state
from players.driving_state import DrivingState
from players.head_unit import Zone
from players.motion_policy import STRICT, Permitted, Withheld, permit, permit_card
from players.vehicle_state import UNKNOWN
from tests.players.house import DRIVING, PARKED, STOPPED, standing

NOW = 1_800_000_000_000
STATES = {
    DrivingState.PARKED: standing(NOW),
    DrivingState.IDLING: standing(NOW, STOPPED),
    DrivingState.MOVING: standing(NOW, DRIVING),
    DrivingState.TRANSPORTED: vehicle_state.carried(standing(NOW), NOW),
    DrivingState.UNKNOWN: UNKNOWN,
}


@pytest.mark.parametrize("zone", Zone)
@pytest.mark.parametrize("driving", DrivingState)
def test_strict(zone, driving):
    state = STATES[driving]
    assert isinstance(permit(state, zone, Medium.AUDIO, NOW), Permitted)
    assert isinstance(permit_card(state, zone, NOW), Permitted)
    answer = permit(state, zone, Medium.VIDEO, NOW)
    assert answer.state is driving
    assert answer.rule
    assert answer.source == STRICT.source
    if driving is DrivingState.PARKED:
        assert isinstance(answer, Permitted)
    else:
        assert isinstance(answer, Withheld)
        assert answer.reason == f"vehicle-{driving}"


def test_settling_is_withheld():
    answer = permit(standing(NOW, PARKED, for_ms=2_000), Zone.DRIVER, Medium.VIDEO, NOW)
    assert isinstance(answer, Withheld)
    assert answer.rule == "agreeing-for-less-than-three-seconds"
