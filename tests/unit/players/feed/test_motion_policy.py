"""What each market permits where, and what is told of it; tests/cases walks every cell."""

import dataclasses

import pytest
from msgspec.structs import replace

from adserver.booking.cap import FrequencyCap, Per
from media.house_format import Medium
from players.feed import acceptance, driving_state, motion_policy, signals, vehicle_state
from players.feed.acceptance import Sample
from players.feed.driving_state import SETTLING, DrivingState
from players.feed.evidence import DRIVER_POSITION, LOW_VOLTAGE, PASSENGER_SEAT, Condition
from players.feed.head_unit import Mount, Technique, Zone
from players.feed.market_policy import MOUNTS
from players.feed.motion_policy import (
    Cards,
    Permitted,
    Withheld,
    cards_on,
    glances_of,
    may_call,
    may_show,
    permit,
    permit_card,
)
from players.feed.vehicle_state import UNKNOWN
from tests.players.house import DRIVING, PARKED, POLICIES, STOPPED, standing, told, untimely

NOW = 1_800_000_000_000
STATES = {
    DrivingState.PARKED: standing(NOW),
    DrivingState.IDLING: standing(NOW, STOPPED),
    DrivingState.MOVING: standing(NOW, DRIVING),
    DrivingState.TRANSPORTED: vehicle_state.carried(standing(NOW), NOW),
    DrivingState.UNKNOWN: UNKNOWN,
}
DRIVER = Mount(Zone.DRIVER)


def within(state, *markets):
    return replace(state, markets=markets)


@pytest.mark.parametrize("zone", Zone)
@pytest.mark.parametrize("driving", DrivingState)
@pytest.mark.parametrize("markets", [("XX",), ("strict",)])
def test_a_market_that_is_not_known_is_strict(zone, driving, markets):
    state = within(STATES[driving], *markets)
    assert isinstance(permit(POLICIES, state, Mount(zone), Medium.AUDIO, NOW), Permitted)
    answer = permit(POLICIES, state, Mount(zone, True, True), Medium.VIDEO, NOW)
    assert answer.state is driving
    assert answer.rule
    assert (answer.policy, answer.source) == ("strict", POLICIES.strict.source)
    if driving is DrivingState.PARKED:
        assert isinstance(answer, Permitted)
    else:
        assert isinstance(answer, Withheld)
        assert answer.reason == f"vehicle-{driving}"


@pytest.mark.parametrize("mount", MOUNTS, ids=str)
@pytest.mark.parametrize("driving", DrivingState)
def test_until_its_market_is_found_out_a_vehicle_is_shown_no_more_than_in_any(driving, mount):
    """Whatever its market is, the answer before the first report is not looser than the market's own."""
    state = within(STATES[driving])
    assert isinstance(permit(POLICIES, state, mount, Medium.VIDEO, NOW), Withheld)
    assert cards_on(POLICIES, state, mount, NOW) is Cards.NO
    assert not may_call(POLICIES, state, NOW)
    assert isinstance(permit(POLICIES, state, mount, Medium.AUDIO, NOW), Permitted)


@pytest.mark.parametrize("driving", DrivingState)
def test_a_call_is_begun_only_where_all_that_govern_permit_it(driving):
    allowed = frozenset({DrivingState.PARKED, DrivingState.IDLING, DrivingState.MOVING})
    handsfree = replace(POLICIES.strict.file, calls=allowed)
    free = dataclasses.replace(POLICIES.strict, code="free", file=handsfree)
    policies = dataclasses.replace(POLICIES, by_market={**POLICIES.by_market, "XA": free})
    assert may_call(POLICIES, within(STATES[driving], "FR"), NOW) == (driving is DrivingState.PARKED)
    assert may_call(policies, within(STATES[driving], "XA"), NOW) == (driving in allowed)
    both = within(STATES[driving], "XA", "FR")
    assert may_call(policies, both, NOW) == (driving is DrivingState.PARKED)


@pytest.mark.parametrize("driving", DrivingState)
def test_whoever_drives_has_a_budget_of_glances_unless_the_car_is_parked(driving):
    budget = (FrequencyCap(12, 3600), FrequencyCap(30, per=Per.DRIVE))
    state = within(STATES[driving], "FR")
    seen = () if driving is DrivingState.PARKED else budget
    for mount in (DRIVER, Mount(Zone.PASSENGER)):
        assert glances_of(POLICIES, state, mount, NOW) == seen
    for mount in (Mount(Zone.REAR), Mount(Zone.PASSENGER, shielded=True)):
        assert glances_of(POLICIES, state, mount, NOW) == ()
    none = dataclasses.replace(
        POLICIES,
        strict=dataclasses.replace(POLICIES.strict, file=replace(POLICIES.strict.file, glances=None)),
    )
    assert glances_of(none, state, DRIVER, NOW) == ()


@pytest.mark.parametrize("driving", DrivingState)
@pytest.mark.parametrize("technique", Technique)
@pytest.mark.parametrize("on_demand", [False, True])
def test_a_player_is_shown_what_the_policy_permits_and_it_can_do(driving, technique, on_demand):
    answer = may_show(POLICIES, STATES[driving], DRIVER, technique, NOW, on_demand=on_demand)
    if driving is not DrivingState.PARKED:
        assert answer.reason == f"vehicle-{driving}"
    elif technique is Technique.AUDIO_ONLY:
        assert answer.reason == "player-audio-only"
    elif technique is Technique.SLATE and on_demand:
        assert answer.reason == "player-cannot-renew"
    else:
        assert isinstance(answer, Permitted)


def test_settling_is_withheld():
    answer = permit(POLICIES, standing(NOW, PARKED, for_ms=2_000), DRIVER, Medium.VIDEO, NOW)
    assert isinstance(answer, Withheld)
    assert (answer.reason, answer.rule) == ("vehicle-idling", SETTLING)


@pytest.mark.parametrize("for_ms", [2_000, 5_000])
def test_in_germany_it_is_told_that_the_engine_runs_even_before_the_wait_is_over(for_ms):
    parked = within(standing(NOW, PARKED, for_ms), "DE")
    for engine, reason in (("ON", "needs-engine-off"), ("START", "needs-engine-off"), ("ACC", None)):
        answer = permit(POLICIES, told(parked, {LOW_VOLTAGE: engine}, NOW + 1), DRIVER, Medium.VIDEO, NOW + 1)
        assert getattr(answer, "reason", None) == reason or for_ms == 2_000
        if reason:
            assert answer.reason == reason
    assert answer.source == "StVO § 23(1a, 1b)"


def test_all_markets_that_govern_must_permit_and_the_one_that_does_not_is_named():
    parked = within(standing(NOW), "FR", "DE")
    answer = permit(POLICIES, parked, DRIVER, Medium.VIDEO, NOW)
    assert (answer.reason, answer.policy) == ("needs-engine-off", "DE")
    off = told(parked, {LOW_VOLTAGE: "OFF"}, NOW + 1)
    answer = permit(POLICIES, off, DRIVER, Medium.VIDEO, NOW + 1)
    assert isinstance(answer, Permitted)
    assert answer.policy == "FR+DE"
    assert answer.source == "Code de la route R412-6-2; StVO § 23(1a, 1b)"


def test_level_3_shows_on_built_in_screens_in_japan_until_it_disengages():
    driving = within(standing(NOW, {**DRIVING, signals.AUTONOMY: "SAE_3"}), "JP")
    assert isinstance(
        permit(POLICIES, driving, Mount(Zone.DRIVER, built_in=True), Medium.VIDEO, NOW), Permitted
    )
    assert permit(POLICIES, driving, DRIVER, Medium.VIDEO, NOW).reason == "vehicle-moving"
    left = told(driving, {signals.AUTONOMY: "SAE_3_DISENGAGING"}, NOW + 1)
    for mount in (DRIVER, Mount(Zone.DRIVER, built_in=True)):
        assert isinstance(permit(POLICIES, left, mount, Medium.VIDEO, NOW + 1), Withheld)


def test_a_level_that_cannot_be_read_permits_nothing_in_japan():
    driving = within(standing(NOW, {**DRIVING, signals.AUTONOMY: "SAE_3"}), "JP")
    judged = acceptance.accept(driving.readings, Sample(signals.AUTONOMY, "SAE_3_OFF", NOW + 1), 6, NOW + 1)
    left = vehicle_state.apply(driving, [judged.unknown], NOW + 1, driving_state.says_parked)
    answer = permit(POLICIES, left, Mount(Zone.DRIVER, built_in=True), Medium.VIDEO, NOW + 1)
    assert answer.reason == "needs-automated-driving"


def test_text_advertisements_are_locked_out_while_driving_in_the_united_states():
    driving = STATES[DrivingState.MOVING]
    assert isinstance(permit_card(POLICIES, driving, DRIVER, NOW), Permitted)
    answer = permit_card(POLICIES, within(driving, "US"), DRIVER, NOW)
    assert (answer.reason, answer.policy) == ("vehicle-moving", "US")


def test_evidence_that_goes_stale_is_looked_at_when_it_does():
    state = within(standing(NOW, {**PARKED, LOW_VOLTAGE: "OFF"}), "DE")
    for second in range(1, 10):
        state = told(state, PARKED, NOW + second * 1000)
    seen = motion_policy.assess(POLICIES, state, NOW + 9_000)
    assert seen.next_change_at_ms == NOW + 10_001
    assert LOW_VOLTAGE in seen.ages_ms
    assert motion_policy.proven(POLICIES, state, NOW + 10_000) == (Condition.ENGINE_OFF,)
    assert motion_policy.proven(POLICIES, state, NOW + 10_001) == ()


@pytest.mark.parametrize(
    ("seat", "driver", "shown"),
    [("OCCUPIED", "LEFT", True), ("OCCUPIED", "RIGHT", True), ("OCCUPIED", "MIDDLE", False),
     ("OCCUPIED", None, False), ("EMPTY", "LEFT", False), ("UNKNOWN", "LEFT", False), (None, "LEFT", False)],
)  # fmt: skip
def test_a_seat_counts_as_occupied_only_where_it_is_known_which_one_is_the_passengers(seat, driver, shown):
    said = {PASSENGER_SEAT: seat, DRIVER_POSITION: driver}
    state = standing(NOW, {**DRIVING, **{path: text for path, text in said.items() if text}})
    answer = permit(POLICIES, state, Mount(Zone.PASSENGER, shielded=True), Medium.VIDEO, NOW)
    assert isinstance(answer, Permitted) is shown
    assert shown or answer.reason == "needs-passenger-seat-occupied"


@pytest.mark.parametrize("vehicle_ms", [NOW - 1_000, NOW + 5_000], ids=["not rising", "ahead"])
def test_an_untimely_word_that_it_disengages_withdraws_level_3_until_it_is_told_anew(vehicle_ms):
    """Refused for its time alone; until it is over 3 s old, what contradicts it is not believed either."""
    here = Mount(Zone.DRIVER, built_in=True)

    def shows(state, at):
        return isinstance(permit(POLICIES, state, here, Medium.VIDEO, at), Permitted)

    driving = within(standing(NOW, {**DRIVING, signals.AUTONOMY: "SAE_3"}), "JP")
    assert shows(driving, NOW)
    at = NOW + 500
    left = untimely(driving, {signals.AUTONOMY: "SAE_3_DISENGAGING"}, at, vehicle_ms)
    assert not shows(left, at)
    again = told(left, {**DRIVING, signals.AUTONOMY: "SAE_3"}, at + 2_900)
    assert not shows(again, at + 2_900)
    assert not shows(again, at + 3_100)
    assert shows(told(again, {**DRIVING, signals.AUTONOMY: "SAE_3"}, at + 3_100), at + 3_100)


def test_level_3_ends_with_the_speed_that_flows():
    """Its level is told on change, and believed for 10 s: by then it may have handed back long ago."""
    driving = within(standing(NOW, {**DRIVING, signals.AUTONOMY: "SAE_3"}), "JP")
    here = Mount(Zone.DRIVER, built_in=True)
    assert isinstance(permit(POLICIES, driving, here, Medium.VIDEO, NOW + 3_000), Permitted)
    assert motion_policy.assess(POLICIES, driving, NOW).next_change_at_ms == NOW + 3_001
    assert permit(POLICIES, driving, here, Medium.VIDEO, NOW + 3_001).reason == "needs-automated-driving"


def test_an_untimely_word_of_the_same_level_withdraws_nothing():
    driving = within(standing(NOW, {**DRIVING, signals.AUTONOMY: "SAE_3"}), "JP")
    same = untimely(driving, {signals.AUTONOMY: "SAE_3"}, NOW + 500, NOW - 1_000)
    assert same == driving


def test_an_untimely_word_that_the_engine_is_on_withdraws_the_picture_where_that_matters():
    off = within(standing(NOW, {**PARKED, LOW_VOLTAGE: "OFF"}), "DE")
    started = untimely(off, {LOW_VOLTAGE: "START"}, NOW + 100, NOW - 1_000)
    answer = permit(POLICIES, started, DRIVER, Medium.VIDEO, NOW + 100)
    assert (answer.reason, answer.policy) == ("needs-engine-off", "DE")
    # Where nobody asks for it, nothing is lost.
    elsewhere = within(started, "FR")
    assert isinstance(permit(POLICIES, elsewhere, DRIVER, Medium.VIDEO, NOW + 100), Permitted)
