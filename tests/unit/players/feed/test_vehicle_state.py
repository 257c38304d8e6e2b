"""What is known of a vehicle: a stored form that compares byte for byte, and no position."""

from hypothesis import given
from hypothesis import strategies as st

from players.feed import signals, vehicle_state
from players.feed.acceptance import Reading, Taken
from players.feed.vehicle_state import Agreement, VehicleState, decode

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
