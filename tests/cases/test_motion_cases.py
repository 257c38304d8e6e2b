"""Runs motion.toml: every driving state by every event, each pair once."""

import itertools
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_rerunfailures import get_reruns_count

from players.feed import signals, vehicle_state
from players.feed.driving_state import DrivingState, judge
from players.feed.vehicle_state import UNKNOWN, VehicleState
from tests.players.house import DRIVING, ON_BRAKE, PARKED, STOPPED, standing, told, untimely

CASES = tomllib.loads(Path(__file__).with_name("motion.toml").read_text())["becomes"]
NOW = 1_800_000_000_000

STATES: dict[str, Callable[[], VehicleState]] = {
    "parked": lambda: standing(NOW),
    "parked-on-brake": lambda: standing(NOW, {**ON_BRAKE, signals.IS_MOVING: "false"}, manual=True),
    "idling": lambda: standing(NOW, STOPPED),
    "moving": lambda: standing(NOW, DRIVING),
    "transported": lambda: vehicle_state.carried(standing(NOW), NOW),
    "unknown": lambda: UNKNOWN,
}


def says(**values: str) -> Callable[[VehicleState], tuple[VehicleState, int]]:
    named = {getattr(signals, name): text for name, text in values.items()}
    return lambda state: (told(state, named, NOW + 500), NOW + 500)


def late(vehicle_ms: int, **values: str) -> Callable[[VehicleState], tuple[VehicleState, int]]:
    """What is refused for its time; a vehicle that has said nothing yet has said one thing just now."""
    named = {getattr(signals, name): text for name, text in values.items()}

    def act(state: VehicleState) -> tuple[VehicleState, int]:
        heard = state if state.readings else told(state, {signals.SPEED: "0"}, NOW)
        return untimely(heard, named, NOW + 500, vehicle_ms), NOW + 500

    return act


def silence(ms: int) -> Callable[[VehicleState], tuple[VehicleState, int]]:
    return lambda state: (state, NOW + ms)


def only_speed(state: VehicleState) -> tuple[VehicleState, int]:
    for second in range(1, 12):
        state = told(state, {signals.SPEED: "0"}, NOW + second * 1000)
    return state, NOW + 11_000


def odometer(state: VehicleState) -> tuple[VehicleState, int]:
    state = told(state, {signals.ODOMETER: "1000"}, NOW + 100)
    return told(state, {signals.ODOMETER: "1001"}, NOW + 200), NOW + 200


EVENTS: dict[str, Callable[[VehicleState], tuple[VehicleState, int]]] = {
    "speed-42": says(SPEED="42"),
    "speed-minus-5": says(SPEED="-5"),
    "speed-half": says(SPEED="0.5"),
    "is-moving": says(IS_MOVING="true"),
    "gear-drive": says(SELECTED_GEAR="127"),
    "gear-neutral": says(SELECTED_GEAR="0"),
    "gear-reverse": says(SELECTED_GEAR="-1"),
    "brake-released": says(PARKING_BRAKE="false"),
    "gear-unknown": says(SELECTED_GEAR=signals.NOT_AVAILABLE),
    "speed-unknown": says(SPEED=signals.NOT_AVAILABLE),
    "park-lock-open": says(PARK_LOCK="false"),
    "odometer-rises": odometer,
    "autonomy-disengages": says(AUTONOMY="SAE_3_DISENGAGING"),
    "carried": lambda state: (vehicle_state.carried(state, NOW + 500), NOW + 500),
    "parked-again": lambda state: (told(state, PARKED, NOW + 500), NOW + 500),
    "untimely-speed-42": late(NOW, SPEED="42"),
    "untimely-speed-0": late(NOW, SPEED="0"),
    "backfilled-speed-42": late(NOW - 10_000, SPEED="42"),
    "silence-3s": silence(3_001),
    "silence-11s": silence(11_000),
    "only-speed-for-11s": only_speed,
    "clock-steps-back": silence(-10_000),
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(STATES, EVENTS)))
def test_every_state_by_every_event(state, event):
    before = STATES[state]()
    assert judge(before, NOW)[0] == state.partition("-")[0]
    after, now_ms = EVENTS[event](before)
    assert judge(after, now_ms)[0] is DrivingState(CASES[state][event])


def test_the_table_names_no_other_pair():
    assert {(s, e) for s, row in CASES.items() for e in row} == set(itertools.product(STATES, EVENTS))


def test_what_fails_here_is_not_tried_again(request: pytest.FixtureRequest):
    """Whatever the command says: a rare draw that breaks the promise would be forgotten."""
    assert get_reruns_count(request.node) == 0
