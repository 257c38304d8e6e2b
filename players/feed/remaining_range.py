"""How far a vehicle's charge or fuel lasts."""

from players.feed import signals
from players.feed.vehicle_state import VehicleState

KNOWN_MS = 300_000
"""It changes slowly, and is told seldom."""


def range_m(state: VehicleState, now_ms: int) -> int | None:
    """Metres, or None where the vehicle has not told it for five minutes; 0 stands for not known, too.

    Vehicles that do not know their range tell 0, and one that has none left shows no promotion anyway.
    """
    reading = state.readings.get(signals.RANGE)
    if reading is None or not reading.value or reading.age_ms(now_ms) > KNOWN_MS:
        return None
    return int(reading.value)
