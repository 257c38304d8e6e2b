"""The strict policy: pictures when parked, for every screen; sound always."""

import pytest

from media.house_format import Medium
from players.feed import vehicle_state
from players.feed.driving_state import DrivingState
from players.feed.head_unit import Technique, Zone
from players.feed.motion_policy import STRICT, Permitted, Withheld, may_show, permit, permit_card
from players.feed.vehicle_state import UNKNOWN
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


@pytest.mark.parametrize("driving", DrivingState)
@pytest.mark.parametrize("technique", Technique)
@pytest.mark.parametrize("on_demand", [False, True])
def test_a_player_is_shown_what_the_policy_permits_and_it_can_do(driving, technique, on_demand):
    answer = may_show(STATES[driving], Zone.DRIVER, technique, NOW, on_demand=on_demand)
    if driving is not DrivingState.PARKED:
        assert answer.reason == f"vehicle-{driving}"
    elif technique is Technique.AUDIO_ONLY:
        assert answer.reason == "player-audio-only"
    elif technique is Technique.SLATE and on_demand:
        assert answer.reason == "player-cannot-renew"
    else:
        assert isinstance(answer, Permitted)


def test_settling_is_withheld():
    answer = permit(standing(NOW, PARKED, for_ms=2_000), Zone.DRIVER, Medium.VIDEO, NOW)
    assert isinstance(answer, Withheld)
    assert answer.rule == "agreeing-for-less-than-three-seconds"
