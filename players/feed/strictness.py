"""Of two values of a signal, which is the more restrictive: the one that counts where they disagree.

And how coarsely any rule looks at a value: no more of it is taken into a vehicle's state, or kept.
"""

from collections.abc import Callable, Mapping
from math import copysign

from players.feed import signals
from players.feed.signals import Value

OFF = frozenset({"LOCK", "OFF", "ACC"})
LEVELS = frozenset({"SAE_3", "SAE_4", "SAE_5"})
DISENGAGING = frozenset(f"SAE_{n}_DISENGAGING" for n in range(2, 6))
SIDES = frozenset({"LEFT", "RIGHT"})

STANDSTILL_KMH = 1.0
_FASTER_KMH = 2 * STANDSTILL_KMH
_UNKNOWN = float("inf")
_BACKWARDS = 1_000


def coarse(path: str, value: Value | None) -> Value | None:
    """``value``, of a speed only whether it is zero, at most a standstill's or above, and which way."""
    if path != signals.SPEED or not value:
        return value
    kmh = float(value)
    return copysign(STANDSTILL_KMH if abs(kmh) <= STANDSTILL_KMH else _FASTER_KMH, kmh)


def _speed(value: Value) -> float:
    speed = float(value)
    return speed if speed >= 0 else _BACKWARDS + speed


def _gear(value: Value) -> float:
    return 0 if value == signals.GEAR_PARK else 1 if float(value) >= 0 else 2


def _autonomy(value: Value) -> float:
    return 0 if value in LEVELS else 2 if value in DISENGAGING else 1


def _other_than(*permitting: Value) -> Callable[[Value], float]:
    return lambda value: value not in permitting


RANKS: Mapping[str, Callable[[Value], float]] = {
    signals.SPEED: _speed,
    signals.IS_MOVING: _other_than(False),
    signals.SELECTED_GEAR: _gear,
    signals.PARK_LOCK: _other_than(True),
    signals.PARKING_BRAKE: _other_than(True),
    signals.AUTONOMY: _autonomy,
    signals.LOW_VOLTAGE: _other_than(*OFF),
    signals.IS_CHARGING: _other_than(True),
    signals.DRIVER_POSITION: _other_than(*SIDES),
    signals.PASSENGER_SEAT: _other_than("OCCUPIED"),
}
"""By path, of those whose value may permit a picture; the higher, the more restrictive.

The odometer is not among them: that it rises is noticed whoever tells, and only ever locks.
"""


LEANT_ON = frozenset(
    {
        signals.AUTONOMY,
        signals.LOW_VOLTAGE,
        signals.IS_CHARGING,
        signals.DRIVER_POSITION,
        signals.PASSENGER_SEAT,
    }
)
"""The signals that a market's condition may lean on (:mod:`players.feed.evidence`)."""


def of(path: str, value: Value | None) -> float:
    """How restrictive a value is: not to know is the most. All are alike where no rule looks."""
    rank = RANKS.get(path)
    if rank is None:
        return 0
    return _UNKNOWN if value is None else rank(value)
