"""What is known of a vehicle: a stored form that compares byte for byte, and no position."""

from hypothesis import given
from hypothesis import strategies as st

from players.feed import driving_state, signals, vehicle_state
from players.feed.acceptance import SAMPLES_LIMIT, Reading, Taken
from players.feed.driving_state import DrivingState
from players.feed.vehicle_state import Agreement, VehicleState, decode
from tests.players.house import standing

NOW = 1_800_000_000_000
TIMES = st.integers(0, 4 * 10**12)
VALUES = st.none() | st.booleans() | st.integers(-(2**31), 2**32) | st.floats(allow_nan=False) | st.text()
READINGS = st.dictionaries(st.sampled_from(sorted(signals.SIGNALS)), st.builds(Reading, VALUES, TIMES, TIMES))
STATES = st.builds(
    VehicleState,
    READINGS,
    st.none() | st.builds(Agreement, TIMES, TIMES),
    st.booleans(),
    st.booleans(),
    st.none() | TIMES,
    st.none() | TIMES,
    st.none() | TIMES,
    st.dictionaries(st.text(max_size=30), TIMES, max_size=3),
    st.just(("FR",)),
    st.text(max_size=30),
    st.dictionaries(st.text(max_size=30), READINGS, max_size=3),
)


@given(STATES)
def test_what_is_stored_comes_back_and_is_stored_the_same(state):
    """Writing is compare-and-swap on the bytes, so a state read and written again must not differ."""
    assert decode(state.encode()) == state
    assert decode(state.encode()).encode() == state.encode()


def test_positions_are_left_out_of_the_state():
    taken = [Taken(path, Reading(1.0, NOW, NOW)) for path in signals.POSITION_PATHS]
    after = vehicle_state.apply(vehicle_state.UNKNOWN, taken, NOW, lambda _state, _now: False, taken)
    assert after == vehicle_state.UNKNOWN


def test_what_is_said_again_too_late_is_judged_once():
    """Each judgement costs; a vehicle may say much that comes too late. One that objects among them locks."""
    judged = 0

    def says_parked(state: VehicleState, now_ms: int) -> bool:
        nonlocal judged
        judged += 1
        return driving_state.says_parked(state, now_ms)

    stood = standing(NOW)
    calm = [Taken(signals.SPEED, Reading(0.0, NOW, NOW))] * SAMPLES_LIMIT
    assert vehicle_state.apply(stood, (), NOW, says_parked, calm).contradicted_ms is None
    assert judged == 3
    late = [*calm, Taken(signals.SPEED, Reading(9.0, NOW, NOW)), *calm]
    assert vehicle_state.apply(stood, (), NOW, says_parked, late).contradicted_ms == NOW


def test_what_comes_too_late_objects_for_a_server_too_whose_clock_is_behind_ours():
    """By ours the speed has gone stale, so that nothing says parked any more that could be contradicted."""
    stood, ours, theirs = standing(NOW), NOW + 3_001, NOW + 2_701
    assert driving_state.judge(stood, theirs)[0] is DrivingState.PARKED
    said = [Taken(signals.SPEED, Reading(2.0, ours, ours))]
    state = vehicle_state.apply(stood, (), ours, driving_state.says_parked, said)
    assert driving_state.judge(state, theirs)[0] is not DrivingState.PARKED
    assert state.contradicted_ms is None  # it unlocks no later for it
