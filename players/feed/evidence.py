"""Conditions that a market's rule may set, and how each is proven. What is not known is not so.

Nor is what was disputed: a sample that was refused for its time alone may be true, so where it objects (the
automation is handing back, the ignition is on) what was known counts no more, until it is told anew.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from players.feed import signals
from players.feed.driving_state import CONTRADICTED_HOLD_MS, SAFETY, fresh
from players.feed.head_unit import Mount
from players.feed.signals import AUTONOMY, SPEED, Value
from players.feed.strictness import LEVELS, OFF, SIDES
from players.feed.vehicle_state import VehicleState

LOW_VOLTAGE = signals.LOW_VOLTAGE
IS_CHARGING = signals.IS_CHARGING
DRIVER_POSITION = signals.DRIVER_POSITION
PASSENGER_SEAT = signals.PASSENGER_SEAT

EVIDENCE = (LOW_VOLTAGE, IS_CHARGING, DRIVER_POSITION, PASSENGER_SEAT)
"""The signals that conditions look at, beside those of the driving state."""

WATCHED = frozenset({*SAFETY, *EVIDENCE})


class Condition(StrEnum):
    """What must hold beside the driving state; the first two are declared of the screen."""

    SHIELDED = "shielded"
    BUILT_IN = "built-in"
    SEAT_OCCUPIED = "passenger-seat-occupied"
    ENGINE_OFF = "engine-off"
    CHARGING = "charging"
    AUTOMATED = "automated-driving"

    __hash__ = str.__hash__


DECLARED: Mapping[Condition, Callable[[Mount], bool]] = {
    Condition.SHIELDED: lambda mount: mount.shielded,
    Condition.BUILT_IN: lambda mount: mount.built_in,
}


def undisputed(state: VehicleState, path: str, now_ms: int) -> Value | None:
    """The value of a signal if it is fresh, and was told and true a while after whatever objected to it."""
    disputed_ms = state.disputed_ms.get(path)
    if disputed_ms is not None:
        told = state.readings[path]
        if min(told.vehicle_ms, told.received_ms) - disputed_ms <= CONTRADICTED_HOLD_MS:
            return None
    return fresh(state, path, now_ms)


def seat_occupied(state: VehicleState, now_ms: int) -> bool:
    """Somebody sits beside the driver. VSS names the seats by the driver's side, which must be known."""
    return (
        undisputed(state, PASSENGER_SEAT, now_ms) == "OCCUPIED"
        and undisputed(state, DRIVER_POSITION, now_ms) in SIDES
    )


def engine_off(state: VehicleState, now_ms: int) -> bool:
    """The ignition is off; with start-stop it stays on, and does not count."""
    return undisputed(state, LOW_VOLTAGE, now_ms) in OFF


def charging(state: VehicleState, now_ms: int) -> bool:
    """The traction battery is being charged."""
    return undisputed(state, IS_CHARGING, now_ms) is True


def automated(state: VehicleState, now_ms: int) -> bool:
    """The vehicle drives itself, at level 3 or above; while it hands back it does not.

    Its level is told on change, so it is believed only while the speed flows: one that has fallen silent may
    have begun to hand back.
    """
    return fresh(state, SPEED, now_ms) is not None and undisputed(state, AUTONOMY, now_ms) in LEVELS


PROOFS: Mapping[Condition, Callable[[VehicleState, int], bool]] = {
    Condition.SEAT_OCCUPIED: seat_occupied,
    Condition.ENGINE_OFF: engine_off,
    Condition.CHARGING: charging,
    Condition.AUTOMATED: automated,
}
