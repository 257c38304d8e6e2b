"""How a campaign goes: how many vehicles it reached, how often, and what is spent against an even plan."""

from datetime import datetime

import msgspec

from kernel.clock import to_ms
from kernel.span import Span

REACH_BELOW = 5
"""How many vehicles saw it is told from here on."""
ON_PACE_PERMILLE = 100
"""How far from its even plan a campaign may be, by its budget, and be on pace."""


class Reach(msgspec.Struct, frozen=True):
    """How many vehicles saw it, to within about one in a hundred, and how often each did.

    Args:
        vehicles: None where fewer than five did.
        frequency_hundredths: showings a vehicle, in hundredths.
    """

    vehicles: int | None = None
    frequency_hundredths: int | None = None


class Pace(msgspec.Struct, frozen=True):
    """What was spent against an even plan from the first to the last moment.

    Args:
        state: ``not-started``, ``behind``, ``on-pace``, ``ahead`` or ``over``.
        planned_micros: what an even pace would have spent by now.
    """

    state: str
    elapsed_permille: int
    spent_permille: int
    planned_micros: int


def reach_of(vehicles: int, shown: int) -> Reach:
    """What may be told of an estimate; nobody saw it more often than it was shown."""
    vehicles = min(vehicles, shown)
    return Reach(vehicles, shown * 100 // vehicles) if vehicles >= REACH_BELOW else Reach()


def pace_of(flight: Span, budget_micros: int, spent_micros: int, now: datetime) -> Pace | None:
    """How a budget goes; None where there is none."""
    if budget_micros <= 0:
        return None
    whole_ms = to_ms(flight.end) - to_ms(flight.start)
    elapsed_ms = min(max(0, to_ms(now) - to_ms(flight.start)), whole_ms)
    elapsed, spent = elapsed_ms * 1000 // whole_ms, spent_micros * 1000 // budget_micros
    planned_micros = budget_micros * elapsed_ms // whole_ms
    if now < flight.start:
        state = "not-started"
    elif now >= flight.end:
        state = "over"
    elif spent < elapsed - ON_PACE_PERMILLE:
        state = "behind"
    else:
        state = "ahead" if spent > elapsed + ON_PACE_PERMILLE else "on-pace"
    return Pace(state, elapsed, spent, planned_micros)
