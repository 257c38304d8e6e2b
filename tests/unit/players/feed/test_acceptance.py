"""The edges of the checklist by which a sample is taken or refused."""

import pytest

from players.feed import signals
from players.feed.acceptance import Reading, Refusal, Rejection, Sample, Taken, accept

NOW = 1_800_000_000_000


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
