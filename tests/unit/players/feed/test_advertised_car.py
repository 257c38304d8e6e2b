"""What promotions may be chosen by of a car."""

import pytest

from adserver.booking.targeting import Driving, Powertrain
from adserver.serving.avail import Car
from players.feed import signals
from players.feed.acceptance import Reading
from players.feed.advertised_car import LEVEL_KNOWN_MS, SERVICE_KNOWN_MS, car
from players.feed.head_unit import Vehicle
from players.feed.vehicle_state import UNKNOWN, VehicleState

NOW = 10**12
SHARES = Vehicle("veh_1", "A car", model="Zoe", powertrain=Powertrain.ELECTRIC, state_consent=True)
PRIVATE = Vehicle("veh_1", "A car", model="Zoe", powertrain=Powertrain.ELECTRIC)


def told(age_ms=0, **values):
    at = NOW - age_ms
    return VehicleState({getattr(signals, path): Reading(value, at, at) for path, value in values.items()})


FULL = {"CHARGE": 42.5, "FUEL": 30, "SERVICE_DUE": True, "ODOMETER": 123_456_700}


def test_what_the_owner_shares():
    found = car(SHARES, told(**FULL), NOW, shares_state=True)
    assert found == Car(None, "Zoe", Powertrain.ELECTRIC, True, 42.5, 30.0, True, 123_456.7, told=True)


@pytest.mark.parametrize(("vehicle", "asked"), [(PRIVATE, True), (SHARES, False)])
def test_nothing_of_its_state_without_the_owner_now_and_when_it_was_begun(vehicle, asked):
    found = car(vehicle, told(**FULL), NOW, shares_state=asked)
    assert found == Car(None, "Zoe", Powertrain.ELECTRIC, told=True)


def test_a_vehicle_that_is_gone_does_what_it_does_and_no_more():
    assert car(None, told(**FULL, SPEED=50.0), NOW, shares_state=True) == Car(Driving.MOVING)


def test_what_is_old_is_not_known():
    level = car(SHARES, told(LEVEL_KNOWN_MS + 1, **FULL), NOW, shares_state=True)
    assert (level.charge_percent, level.fuel_percent, level.service_due) == (None, None, True)
    just = car(SHARES, told(LEVEL_KNOWN_MS, **FULL), NOW, shares_state=True)
    assert just.charge_percent == 42.5
    service = car(SHARES, told(SERVICE_KNOWN_MS + 1, **FULL), NOW, shares_state=True)
    assert (service.service_due, service.odometer_km) == (None, None)


def test_what_the_vehicle_does_not_know_is_not_known():
    found = car(SHARES, told(CHARGE=None, FUEL=0, SERVICE_DUE=False), NOW, shares_state=True)
    assert (found.charge_percent, found.fuel_percent, found.service_due) == (None, 0.0, False)


@pytest.mark.parametrize(
    ("state", "driving"),
    [
        (told(SPEED=50.0), Driving.MOVING),
        (told(SPEED=0.0, SELECTED_GEAR=127), Driving.IDLING),
        (told(4_000, SPEED=50.0), None),
        (UNKNOWN, None),
    ],
)
def test_what_it_does_is_known_or_not(state, driving):
    assert car(None, state, NOW).driving is driving
