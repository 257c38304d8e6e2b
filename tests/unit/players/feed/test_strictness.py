"""What is ranked the more restrictive permits nothing that the other would not, in any market."""

import itertools

import msgspec
import pytest

from media.house_format import Medium
from players.feed import driving_state, evidence, signals, strictness, switch
from players.feed.acceptance import Reading
from players.feed.head_unit import Mount, Zone
from players.feed.motion_policy import Permitted, permit, permit_card
from tests.players.house import DRIVING, ON_BRAKE, PARKED, POLICIES, STOPPED, standing

NOW = 1_800_000_000_000
MOUNTS = [Mount(zone, *flags) for zone in Zone for flags in itertools.product((False, True), repeat=2)]
VALUES = {
    signals.SPEED: [0.0, 0.5, 42.0, -0.5, -20.0, None],
    signals.IS_MOVING: [False, True, None],
    signals.SELECTED_GEAR: [126, 127, 0, 3, -1, None],
    signals.PARK_LOCK: [True, False, None],
    signals.PARKING_BRAKE: [True, False, None],
    signals.AUTONOMY: ["SAE_0", "SAE_3", "SAE_3_DISENGAGING", None],
    signals.LOW_VOLTAGE: ["OFF", "ACC", "ON", "UNDEFINED", None],
    signals.IS_CHARGING: [True, False, None],
    signals.DRIVER_POSITION: ["LEFT", "MIDDLE", None],
    signals.PASSENGER_SEAT: ["OCCUPIED", "EMPTY", "UNKNOWN", None],
}
RICH = {
    signals.PARK_LOCK: "true", signals.AUTONOMY: "SAE_3", signals.LOW_VOLTAGE: "OFF",
    signals.IS_CHARGING: "true", signals.DRIVER_POSITION: "LEFT", signals.PASSENGER_SEAT: "OCCUPIED",
}  # fmt: skip


def permitted(state, path, value):
    state = msgspec.structs.replace(state, readings={**state.readings, path: Reading(value, NOW, NOW)})
    found = set()
    for market, mount in itertools.product(POLICIES.by_market, MOUNTS):
        here = msgspec.structs.replace(state, markets=(market,))
        answers = permit(POLICIES, here, mount, Medium.VIDEO, NOW), permit_card(POLICIES, here, mount, NOW)
        found |= {(market, mount, n) for n, one in enumerate(answers) if isinstance(one, Permitted)}
    return found


@pytest.mark.parametrize("path", sorted(strictness.RANKS))
@pytest.mark.parametrize("values", [PARKED, DRIVING, STOPPED, ON_BRAKE])
def test_the_more_restrictive_never_permits_more(path, values):
    state = standing(NOW, {**RICH, **values}, manual=values is ON_BRAKE)
    ranked = sorted(VALUES[path], key=lambda value: strictness.of(path, value))
    answers = [permitted(state, path, value) for value in ranked]
    for (before, looser), (after, stricter) in itertools.pairwise(zip(ranked, answers, strict=True)):
        if strictness.of(path, before) < strictness.of(path, after):
            assert stricter <= looser, (before, after)


def test_all_that_may_permit_is_ranked():
    assert strictness.RANKS.keys() == evidence.WATCHED - {signals.ODOMETER}
    assert driving_state.SAFETY < evidence.WATCHED
    assert {signals.AUTONOMY, *evidence.EVIDENCE} == strictness.LEANT_ON
    assert strictness.of(signals.CHARGE, None) == strictness.of(signals.CHARGE, 3.0)


SPEEDS = (-500.0, -1.5, -1.0, -1e-9, -0.0, 0.0, 1e-9, 0.5, 1.0, 1.0000001, 42.0, 500.0)


@pytest.mark.parametrize("values", [PARKED, DRIVING, STOPPED, ON_BRAKE])
@pytest.mark.parametrize("speed", SPEEDS)
def test_no_rule_looks_closer_at_a_speed_than_it_is_kept(speed, values):
    state = standing(NOW, {**RICH, **values}, manual=values is ON_BRAKE)
    kept = strictness.coarse(signals.SPEED, speed)
    assert permitted(state, signals.SPEED, kept) == permitted(state, signals.SPEED, speed)
    assert switch.fact(signals.SPEED, kept) == switch.fact(signals.SPEED, speed)
    judged = set()
    for told in (kept, speed):
        said = {**state.readings, signals.SPEED: Reading(told, NOW, NOW)}
        told_so = msgspec.structs.replace(state, readings=said)
        judged.add((driving_state.judge(told_so, NOW), driving_state.stands(told_so, NOW)))
    assert len(judged) == 1


def test_speeds_are_kept_as_five_and_everything_else_as_it_was_told():
    kept = [strictness.coarse(signals.SPEED, one) for one in SPEEDS]
    assert kept == [-2, -2, -1, -1, 0, 0, 1, 1, 1, 2, 2, 2]
    assert strictness.coarse(signals.SPEED, None) is None
    assert strictness.coarse(signals.ODOMETER, 1_234) == 1_234
