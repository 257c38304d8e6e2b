"""Samples into state: the checklist's edges, and a stored form that compares byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from players.feed import signals, vehicle_state
from players.feed.vehicle_state import (
    Agreement,
    Reading,
    Refusal,
    Rejection,
    Sample,
    Taken,
    VehicleState,
    accept,
    decode,
)

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


@pytest.mark.parametrize(
    ("path", "behind_ms", "reason"),
    [
        (signals.SPEED, -2_000, None),
        (signals.SPEED, -2_001, Rejection.AHEAD_OF_SERVER),
        (signals.SPEED, 3_000, None),
        (signals.SPEED, 3_001, Rejection.TOO_OLD),
        (signals.SELECTED_GEAR, 10_000, None),
        (signals.SELECTED_GEAR, 10_001, Rejection.TOO_OLD),
    ],
)
def test_the_edges_of_time(path, behind_ms, reason):
    judged = accept({}, Sample(path, "0", NOW - behind_ms), 6, NOW)
    assert (judged.reason if isinstance(judged, Refusal) else None) == reason


def test_times_rise_strictly_by_signal():
    newest = {signals.SPEED: Reading(0.0, NOW, NOW)}
    again = accept(newest, Sample(signals.SPEED, "0", NOW), 6, NOW)
    assert isinstance(again, Refusal)
    assert again.reason is Rejection.NOT_RISING
    assert isinstance(accept(newest, Sample(signals.SPEED, "0", NOW + 1), 6, NOW), Taken)
    assert isinstance(accept(newest, Sample(signals.IS_MOVING, "true", NOW), 6, NOW), Taken)


@pytest.mark.parametrize(
    ("path", "behind_ms", "known"),
    [
        (signals.SPEED, 0, "unknown"),
        (signals.SPEED, 3_001, "untimely"), (signals.SPEED, -2_001, "untimely"), (signals.SPEED, 10_001, ""),
        (signals.ODOMETER, 0, ""), (signals.CHARGE, 0, ""), (signals.DAY_NIGHT, 0, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_of_what_may_permit_not_known(path, behind_ms, known):
    """The odometer and facts keep their last value: that of the first is needed to see that it rises."""
    judged = accept({}, Sample(path, "?", NOW - behind_ms), 6, NOW)
    assert judged.reason is Rejection.BAD_VALUE
    told = {name: getattr(judged, name) for name in ("unknown", "untimely") if getattr(judged, name)}
    assert list(told) == ([known] if known else [])
    assert all((one.path, one.reading.value) == (path, None) for one in told.values())


def test_an_old_name_and_the_new_one_share_their_times():
    newest = {signals.ODOMETER: Reading(1_500, NOW, NOW)}
    judged = accept(newest, Sample("Vehicle.TravelledDistance", "1.5", NOW), 3, NOW)
    assert isinstance(judged, Refusal)


def test_positions_are_left_out_of_the_state():
    taken = [Taken(path, Reading(1.0, NOW, NOW)) for path in signals.POSITION_PATHS]
    after = vehicle_state.apply(vehicle_state.UNKNOWN, taken, NOW, lambda _state, _now: False, taken)
    assert after == vehicle_state.UNKNOWN
