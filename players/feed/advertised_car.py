"""By what of a car promotions are chosen: what it was enrolled as, and, where its owner agreed, its state."""

from adserver.booking.targeting import Driving
from adserver.serving.avail import Car
from players.feed import signals
from players.feed.driving_state import DrivingState, judge
from players.feed.head_unit import Vehicle
from players.feed.signals import Value
from players.feed.vehicle_state import VehicleState

LEVEL_KNOWN_MS = 300_000
"""How full it is changes slowly, and is told seldom."""
SERVICE_KNOWN_MS = 86_400_000
"""So do its odometer and its service, and it does not matter much."""

_DRIVING = {
    DrivingState.PARKED: Driving.PARKED,
    DrivingState.IDLING: Driving.IDLING,
    DrivingState.MOVING: Driving.MOVING,
}


def car(vehicle: Vehicle | None, state: VehicleState, now_ms: int, *, shares_state: bool = False) -> Car:
    """What is known; without ``vehicle`` nothing but what it does now.

    ``shares_state`` tells that its owner agreed when what asks was begun, and must do so still. A car that is
    transported, or of which nothing is heard, does nothing that is known.
    """
    driving = _DRIVING.get(judge(state, now_ms)[0])
    if vehicle is None:
        return Car(driving)
    if not (shares_state and vehicle.state_consent):
        return Car(driving, vehicle.model, vehicle.powertrain, told=True)
    charge = _known(state, signals.CHARGE, LEVEL_KNOWN_MS, now_ms)
    fuel = _known(state, signals.FUEL, LEVEL_KNOWN_MS, now_ms)
    due = _known(state, signals.SERVICE_DUE, SERVICE_KNOWN_MS, now_ms)
    driven_m = _known(state, signals.ODOMETER, SERVICE_KNOWN_MS, now_ms)
    return Car(
        driving=driving,
        model=vehicle.model,
        powertrain=vehicle.powertrain,
        shared=True,
        charge_percent=None if charge is None else float(charge),
        fuel_percent=None if fuel is None else float(fuel),
        service_due=None if due is None else bool(due),
        odometer_km=None if driven_m is None else float(driven_m) / 1000,
        told=True,
    )


def _known(state: VehicleState, path: str, for_ms: int, now_ms: int) -> Value | None:
    reading = state.readings.get(path)
    return None if reading is None or reading.age_ms(now_ms) > for_ms else reading.value
