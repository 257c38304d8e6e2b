"""The table of driving states, exhausted: all combinations of evidence against an oracle of another shape."""

import itertools

import pytest

from players.feed import driving_state, signals
from players.feed.acceptance import Reading
from players.feed.driving_state import TABLE, DrivingState, assess, judge
from players.feed.vehicle_state import UNKNOWN, Agreement, VehicleState
from tests.players.house import DRIVING, ON_BRAKE, PARKED, STOPPED, standing, told, untimely

NOW = 1_800_000_000_000
MISSING, STALE = object(), object()

SPEEDS = (MISSING, STALE, None, -40.0, -0.5, 0.0, 0.5, 1.0, 1.5, 130.0)
GEARS = (MISSING, STALE, None, -1, 0, 3, 126, 127)
FLAGS = (MISSING, STALE, True, False)
HELD = ("", "odometer_rose_ms", "position_moved_ms", "contradicted_ms")


def reading(value, fresh_ms: int) -> Reading:
    at = NOW - (fresh_ms + 1 if value is STALE else 0)
    return Reading(0 if value is STALE else value, at, at)


def vehicle(speed, gear, brake, moving, lock, has_park, manual, held) -> VehicleState:
    told = (
        (signals.SPEED, speed, 3_000),
        (signals.SELECTED_GEAR, gear, 10_000),
        (signals.PARKING_BRAKE, brake, 10_000),
        (signals.IS_MOVING, moving, 10_000),
        (signals.PARK_LOCK, lock, 10_000),
    )
    readings = {path: reading(value, fresh_ms) for path, value, fresh_ms in told if value is not MISSING}
    return VehicleState(
        readings,
        Agreement(NOW - 60_000, NOW - 60_000),
        has_park,
        manual,
        **({held: NOW - 1_000} if held else {}),
    )


def test_parked_needs_every_proof_and_no_objection():
    seen = set()
    for speed, gear, brake, moving, lock, has_park, manual, held in itertools.product(
        SPEEDS, GEARS, FLAGS, FLAGS, (MISSING, False, True), (False, True), (False, True), HELD
    ):
        state = vehicle(speed, gear, brake, moving, lock, has_park, manual, held)
        verdict, rule = judge(state, NOW)
        seen.add(rule)
        in_park = gear == 126 and speed in (0.0, 0.5, 1.0) and lock is not False
        on_brake = brake is True and speed == 0.0 and manual and not has_park and gear in (MISSING, 0, 3, 127)
        objections = (
            moving in (True, STALE) or brake is STALE or gear in (STALE, None) or held
            or (gear == 126 and lock is False)
        )  # fmt: skip
        assert (verdict is DrivingState.PARKED) == bool((in_park or on_brake) and not objections), state
        if isinstance(speed, float) and abs(speed) > 1:
            assert verdict is DrivingState.MOVING
        if speed in (MISSING, STALE, None) and moving is not True and held != "odometer_rose_ms":
            assert verdict is DrivingState.UNKNOWN
    assert seen == {rule for rule, _, _ in TABLE} - {"autonomy-disengaging"}


@pytest.mark.parametrize("level", ["SAE_2_DISENGAGING", "SAE_3_DISENGAGING"])
def test_a_disengaging_autopilot_withdraws_at_once(level):
    state = told(standing(NOW), {signals.AUTONOMY: level}, NOW + 100)
    assert judge(state, NOW + 100) == (DrivingState.MOVING, "autonomy-disengaging")


def test_unlocking_takes_three_seconds_of_agreement():
    state, seen = UNKNOWN, []
    for second in range(5):
        state = told(state, PARKED, NOW + second * 1000)
        seen.append(judge(state, NOW + second * 1000)[0])
    assert seen == [DrivingState.IDLING] * 3 + [DrivingState.PARKED] * 2


@pytest.mark.parametrize("silent_ms", [3_001, 9_000, 60_000])
def test_one_message_after_a_gap_does_not_unlock(silent_ms):
    """It had stood for long; where it was meanwhile nobody has said."""
    state, now = standing(NOW), NOW + silent_ms
    assert judge(state, NOW)[0] is DrivingState.PARKED
    for later, unlocked in ((0, False), (1_000, False), (2_000, False), (3_000, True)):
        state = told(state, PARKED, now + later)
        assert (judge(state, now + later)[0] is DrivingState.PARKED) is unlocked


def test_agreement_is_measured_on_the_vehicles_clock_too():
    """Samples that were made within one second but arrive over four do not unlock."""
    state = UNKNOWN
    for n in range(5):
        state = told(state, PARKED, NOW + n * 1000, vehicle_ms=NOW + n * 250)
    assert judge(state, NOW + 4_000) == (DrivingState.IDLING, driving_state.SETTLING)


def test_agreement_is_measured_on_our_clock_too():
    """A burst of samples that claim to span four seconds does not unlock."""
    state = UNKNOWN
    for n in range(5):
        state = told(state, PARKED, NOW + n, vehicle_ms=NOW - 2_500 + n * 1000)
    assert judge(state, NOW + 4) == (DrivingState.IDLING, driving_state.SETTLING)


def test_one_moving_sample_locks_and_the_count_begins_afresh():
    state = standing(NOW)
    assert judge(state, NOW)[0] is DrivingState.PARKED
    state = told(state, {signals.SPEED: "1.2"}, NOW + 500)
    assert judge(state, NOW + 500)[0] is DrivingState.MOVING
    state = told(state, {signals.SPEED: "0"}, NOW + 1_000)
    assert judge(state, NOW + 3_900)[0] is DrivingState.IDLING


def test_movement_within_one_message_counts():
    from players.feed import vehicle_state
    from players.feed.acceptance import Taken

    state = standing(NOW)
    burst = [
        Taken(signals.SPEED, Reading(value, NOW + n, NOW + 100)) for n, value in enumerate((9.0, 0.0), 1)
    ]
    state = vehicle_state.apply(state, burst, NOW + 100, driving_state.says_parked)
    assert judge(state, NOW + 100) == (DrivingState.IDLING, driving_state.SETTLING)


def test_silence_is_never_still_parked():
    state = standing(NOW)
    assert judge(state, NOW + 3_000)[0] is DrivingState.PARKED
    assert judge(state, NOW + 3_001) == (DrivingState.UNKNOWN, "speed-stale")


def test_a_silent_gear_is_not_a_parked_one():
    """Speed goes on, the on-change signals have lost their heartbeat."""
    state = standing(NOW)
    for second in range(1, 12):
        state = told(state, {signals.SPEED: "0"}, NOW + second * 1000)
    assert judge(state, NOW + 11_000) == (DrivingState.UNKNOWN, "heartbeat-stale")


def test_the_brake_parks_a_gearbox_that_was_declared_manual():
    assert judge(standing(NOW, ON_BRAKE, manual=True), NOW) == (
        DrivingState.PARKED,
        "brake-engaged-at-standstill",
    )


@pytest.mark.parametrize("gear", [None, signals.NOT_AVAILABLE, "-1", "0", "1"])
def test_the_brake_alone_never_parks_a_gearbox_that_nobody_declared_manual(gear):
    """What is unknown of a vehicle counts against it: a queue at a border on the electric brake."""
    told_gear = {} if gear is None else {signals.SELECTED_GEAR: gear}
    values = {signals.SPEED: "0", signals.PARKING_BRAKE: "true", **told_gear}
    assert judge(standing(NOW, values), NOW)[0] is not DrivingState.PARKED


def test_a_park_position_belies_the_declaration():
    automatic = told(standing(NOW, manual=True), {**PARKED, signals.SELECTED_GEAR: "0"}, NOW + 1_000)
    assert judge(automatic, NOW + 1_000)[0] is DrivingState.IDLING


def test_reverse_on_the_brake_is_not_parked():
    reversing = told(standing(NOW, ON_BRAKE, manual=True), {signals.SELECTED_GEAR: "-1"}, NOW + 500)
    assert judge(reversing, NOW + 500)[0] is DrivingState.IDLING


OBJECTIONS = [
    {signals.SPEED: "1.1"}, {signals.SPEED: "-1.1"}, {signals.IS_MOVING: "true"},
    {signals.SELECTED_GEAR: "127"}, {signals.SELECTED_GEAR: "0"},
    {signals.AUTONOMY: "SAE_3_DISENGAGING"}, {signals.ODOMETER: "1001"},
]  # fmt: skip
RICH = {**PARKED, signals.ODOMETER: "1000", signals.AUTONOMY: "SAE_3"}


@pytest.mark.parametrize("objection", OBJECTIONS)
@pytest.mark.parametrize("age_ms", [-2_001, 500, 2_900])
def test_an_objection_locks_though_its_time_is_wrong(objection, age_ms):
    """The vehicle's clock was ahead and has been put right: nothing it says rises for a while."""
    state = standing(NOW, RICH) if age_ms < 0 else ahead(RICH)
    assert judge(state, NOW)[0] is DrivingState.PARKED
    state = untimely(state, objection, NOW + 10, NOW + 10 - age_ms)
    assert judge(state, NOW + 3_010)[0] is not DrivingState.PARKED
    state = told(state, PARKED, NOW + 100, NOW + 1_950)
    assert judge(state, NOW + 100) == (DrivingState.UNKNOWN, "contradicted")
    # After the hold the agreement has to be earned again.
    for second in range(1, 6):
        state = told(state, PARKED, NOW + 100 + second * 1_000, NOW + 1_950 + second * 1_000)
    assert judge(state, NOW + 5_100) == (DrivingState.IDLING, driving_state.SETTLING)
    state = told(state, PARKED, NOW + 6_100, NOW + 7_950)
    assert judge(state, NOW + 6_100)[0] is DrivingState.PARKED


def ahead(values: dict[str, str]) -> VehicleState:
    """A parked vehicle whose clock is 1.9 s ahead of ours."""
    state = UNKNOWN
    for at in range(NOW - 5_000, NOW + 1, 1_000):
        state = told(state, values, at, at + 1_900)
    return state


def test_a_released_brake_locks_a_manual_though_its_time_is_wrong():
    state = untimely(standing(NOW, ON_BRAKE, manual=True), {signals.PARKING_BRAKE: "false"}, NOW + 10, NOW)
    assert judge(state, NOW + 10) == (DrivingState.UNKNOWN, "contradicted")


def test_a_speed_that_is_slightly_too_old_locks():
    state = untimely(standing(NOW), {signals.SPEED: "42"}, NOW + 10, NOW + 10 - 4_000)
    assert judge(state, NOW + 10) == (DrivingState.UNKNOWN, "contradicted")


@pytest.mark.parametrize("values", [DRIVING, {signals.SPEED: "90"}])
def test_backfill_never_changes_the_state(values):
    assert untimely(standing(NOW), values, NOW, NOW - 10_001) == standing(NOW)


def test_repeats_that_agree_change_nothing():
    assert untimely(standing(NOW), PARKED, NOW + 10, NOW) == standing(NOW)
    assert untimely(standing(NOW), PARKED, NOW + 10, NOW - 1_000) == standing(NOW)


def test_of_two_feeds_that_disagree_the_most_restrictive_wins():
    """One with its clock ahead says parked, the other tells the truth and is always late."""
    state = UNKNOWN
    for turn in range(40):
        now = NOW + turn * 250
        if turn % 2 == 0:
            state = told(state, PARKED, now, now + 1_900)
        elif turn == 1:
            continue
        else:
            state = untimely(state, DRIVING, now, now)
        assert judge(state, now)[0] is not DrivingState.PARKED


def test_our_clock_stepping_back_does_not_make_old_evidence_young():
    assert judge(standing(NOW), NOW - 60_000)[0] is DrivingState.UNKNOWN


def test_the_odometer_rising_locks():
    state = standing(NOW, {**PARKED, signals.ODOMETER: "1000"}, for_ms=3_000)
    state = told(state, {signals.ODOMETER: "1001"}, NOW + 100)
    assert judge(state, NOW + 100) == (DrivingState.MOVING, "odometer-rising")


def test_the_end_of_a_contradiction_is_foreseen():
    state = untimely(standing(NOW), {signals.SPEED: "42"}, NOW + 10, NOW)
    state = told(state, PARKED, NOW + 2_000)
    assert assess(state, NOW + 2_000).next_change_at_ms == NOW + 10 + 3_001


@pytest.mark.parametrize("values", [PARKED, STOPPED, DRIVING, {signals.SPEED: "0"}])
def test_next_change_is_exactly_when_silence_changes_the_judgement(values):
    for for_ms in (0, 2_000, 5_000):
        state = standing(NOW, values, for_ms)
        now = NOW
        for _ in range(10):
            seen = assess(state, now)
            if seen.next_change_at_ms is None:
                later = [judge(state, now + step) for step in range(0, 60_000, 997)]
                assert set(later) == {(seen.state, seen.rule)}
                break
            assert judge(state, seen.next_change_at_ms - 1) == (seen.state, seen.rule)
            assert judge(state, seen.next_change_at_ms) != (seen.state, seen.rule)
            now = seen.next_change_at_ms
        else:
            pytest.fail("it never comes to rest")


def test_ages_name_the_evidence():
    seen = assess(standing(NOW), NOW + 700)
    assert seen.ages_ms == dict.fromkeys(PARKED, 700)
