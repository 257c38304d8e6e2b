"""A measured clock never makes a sample younger than it is, whatever the network and the clock did."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.clock import from_ms
from players.feed import acceptance, signals
from players.feed.acceptance import Reading, Refusal, Rejection, Sample, Taken
from players.feed.clock_offset import ClockOffset

NOW = 1_800_000_000_000
ROUND = st.tuples(st.integers(0, 40_000), st.floats(0, 2_500), st.floats(0, 1))
"""Time until the next request, how long its reply takes, and when within that it was stamped."""


class Vehicle:
    """A clock that is off and runs at its own speed; it shows times cut to its resolution."""

    def __init__(self, off_ms: float, drift: float, resolution_ms: int) -> None:
        self.off_ms, self.drift, self.resolution_ms = off_ms, drift, resolution_ms

    def shows_ms(self, true_ms: float) -> float:
        shown = true_ms + self.off_ms + self.drift * (true_ms - NOW)
        return shown // self.resolution_ms * self.resolution_ms


@settings(max_examples=400)
@given(
    st.floats(-700_000, 700_000),
    st.floats(-1e-4, 1e-4),
    st.sampled_from([1, 10, 100, 1_000]),
    st.lists(ROUND, min_size=1, max_size=12),
    st.integers(0, 95_000),
    st.floats(0, 12_000),
)
def test_a_sample_is_never_judged_younger_than_it_is(off_ms, drift, resolution_ms, rounds, later_ms, age_ms):
    vehicle, clock, at_ms = Vehicle(off_ms, drift, resolution_ms), ClockOffset(), float(NOW)
    for number, (wait_ms, took_ms, part) in enumerate(rounds):
        at_ms += wait_ms
        clock.asked(str(number), int(at_ms))
        stamp = from_ms(0) + timedelta(milliseconds=vehicle.shows_ms(at_ms + part * took_ms))
        at_ms += took_ms
        clock.answered(str(number), stamp, int(at_ms))
    received = at_ms + later_ms
    bounds = clock.bounds(int(received))
    if bounds is None:
        return
    sample = Sample(signals.SPEED, "0", int(vehicle.shows_ms(received - age_ms)))
    assert int(received) - bounds.earliest_ms(sample.vehicle_ms) >= age_ms - 1
    assert int(received) - bounds.latest_ms(sample.vehicle_ms) <= age_ms + resolution_ms
    judged = acceptance.accept({}, sample, 6, int(received), bounds)
    if isinstance(judged, Taken):
        assert age_ms - 1 <= judged.reading.age_ms(int(received)) <= 3_000


@given(
    st.integers(-600_000, 600_000),
    st.integers(-600_000, 600_000),
    st.integers(0, 60_000),
    st.integers(0, 60_000),
)
def test_what_is_not_newer_by_any_clock_is_never_taken_for_newer(before_ms, after_ms, earlier_ms, held_ms):
    """The clock is set from one offset to another between two samples; the older of them comes last."""
    true_new, true_old = NOW + earlier_ms, NOW
    clock = ClockOffset()
    now_ms = true_new + held_ms
    clock.asked("1", now_ms)
    clock.answered("1", from_ms(now_ms + after_ms), now_ms)
    bounds = clock.bounds(now_ms)
    held = Reading(42.0, true_new, true_new, true_new + before_ms)
    again = acceptance.accept(
        {signals.SPEED: held},
        Sample(signals.SPEED, "0", true_old + before_ms),
        6,
        now_ms,
        bounds,
    )
    if isinstance(again, Taken):
        # Only where it is later than the other by the clock as it is now set, and that clock shows it to be.
        assert again.reading.vehicle_ms > held.received_ms
    elif bounds is not None and true_old + before_ms <= held.own_ms:
        assert isinstance(again, Refusal)
        assert again.reason in (Rejection.NOT_RISING, Rejection.TOO_OLD, Rejection.AHEAD_OF_SERVER)
