"""Runs market_policies.toml: every market, zone, driving state and evidence, really judged."""

import itertools
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from media.house_format import Medium
from players.feed import driving_state, signals, vehicle_state
from players.feed.conformance import page
from players.feed.driving_state import DrivingState
from players.feed.evidence import DRIVER_POSITION, IS_CHARGING, LOW_VOLTAGE, PASSENGER_SEAT
from players.feed.head_unit import Mount, Zone
from players.feed.market_policy import Show
from players.feed.motion_policy import Permitted, permit, permit_card
from server.market_policies import PAGE, main
from tests.players.house import DRIVING, PARKED, POLICIES, STOPPED, standing, told

CASES = tomllib.loads(Path(__file__).with_name("market_policies.toml").read_text())
NOW = 1_800_000_000_000

SEAT = {PASSENGER_SEAT: "OCCUPIED", DRIVER_POSITION: "LEFT"}
OFF = {LOW_VOLTAGE: "OFF"}
CHARGING = {IS_CHARGING: "true"}
LEVEL_3 = {signals.AUTONOMY: "SAE_3"}
KNOWN: dict[str, tuple[dict[str, bool], dict[str, str]]] = {
    "bare": ({}, {}),
    "shielded": ({"shielded": True}, {}),
    "seat-occupied": ({}, SEAT),
    "shielded-seat-occupied": ({"shielded": True}, SEAT),
    "engine-off": ({}, OFF),
    "charging": ({}, CHARGING),
    "automated": ({}, LEVEL_3),
    "built-in-automated": ({"built_in": True}, LEVEL_3),
    "everything": ({"shielded": True, "built_in": True}, SEAT | OFF | CHARGING | LEVEL_3),
}
TOLD = {
    DrivingState.PARKED: PARKED,
    DrivingState.IDLING: STOPPED,
    DrivingState.MOVING: DRIVING,
    DrivingState.TRANSPORTED: PARKED,
    DrivingState.UNKNOWN: PARKED,
}
RUNNING = {LOW_VOLTAGE: "ON", IS_CHARGING: "false", signals.AUTONOMY: "SAE_0", PASSENGER_SEAT: "EMPTY"}


def vehicle(driving, evidence, market):
    """One that has reported for five seconds, whatever there is to report."""
    state = standing(NOW, {**TOLD[driving], **RUNNING, **evidence})
    if driving is DrivingState.TRANSPORTED:
        state = vehicle_state.carried(state, NOW)
    elif driving is DrivingState.UNKNOWN:
        state = told(state, {signals.SPEED: signals.NOT_AVAILABLE}, NOW + 1)
    state = replace(state, markets=(market,))
    assert driving_state.judge(state, NOW + 1)[0] is driving
    return state


@pytest.mark.parametrize("market", CASES)
@pytest.mark.parametrize("known", KNOWN)
def test_every_cell(market, known):
    declared, evidence = KNOWN[known]
    for zone, (number, driving) in itertools.product(Zone, enumerate(DrivingState)):
        state, mount = vehicle(driving, evidence, market), Mount(zone, **declared)
        answers = {
            Show.VIDEO: permit(POLICIES, state, mount, Medium.VIDEO, NOW + 1),
            Show.CARDS: permit_card(POLICIES, state, mount, NOW + 1),
        }
        assert isinstance(permit(POLICIES, state, mount, Medium.AUDIO, NOW + 1), Permitted)
        for show, answer in answers.items():
            expected = CASES[market][zone][show][known][number] == "Y"
            assert isinstance(answer, Permitted) is expected, (zone, show, driving)
            assert (answer.policy, answer.source) == (market, POLICIES.by_market[market].source)


def test_no_cell_is_missing_and_none_is_of_nothing():
    assert set(CASES) == {policy.code for policy in POLICIES.all()}
    for market, zone, show in itertools.product(CASES, Zone, Show):
        assert set(CASES[market]) == set(Zone)
        assert set(CASES[market][zone]) == set(Show)
        assert set(CASES[market][zone][show]) == set(KNOWN)
        assert all(len(cells) == len(DrivingState) for cells in CASES[market][zone][show].values())


def test_the_page_is_what_would_be_written(tmp_path):
    main(tmp_path / "page.md")
    assert PAGE.read_text("utf-8") == (tmp_path / "page.md").read_text("utf-8") == page(POLICIES)
