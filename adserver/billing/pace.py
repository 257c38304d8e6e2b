"""How a campaign goes: how many vehicles it reached, how often, and what it has had against its plan."""

from datetime import datetime

import msgspec

from adserver.billing.budget import Pass
from adserver.booking.campaign import LineItem
from adserver.booking.terms import PPM, Delivered, GoalUnit, Pacing
from adserver.serving.pacing import curve
from kernel.clock import to_ms

REACH_BELOW = 5
"""How many vehicles saw it is told from here on."""
ON_PACE_PERMILLE = 100
"""How far from its plan a campaign may be, by its goal, and be on pace."""


class Reach(msgspec.Struct, frozen=True):
    """How many vehicles saw it, to within about one in a hundred, and how often each did.

    Args:
        vehicles: None where fewer than five did.
        frequency_hundredths: showings a vehicle, in hundredths.
    """

    vehicles: int | None = None
    frequency_hundredths: int | None = None


class Pace(msgspec.Struct, frozen=True):
    """What it has had against its plan, both in permille of its goal.

    Args:
        state: ``not-started``, ``behind``, ``on-pace``, ``ahead`` or ``over``.
        unit: what the goal is counted in; money where that is its budget.
        planned_permille: what it was to have by now: as traffic comes where that is known, else as time goes;
            nothing is planned of what is shown as fast as possible, and that is never behind.
        pass_permille: which part of the chances that it wins is let through now, so that it keeps to its
            plan; all of them where nothing holds it back.
    """

    state: str
    unit: GoalUnit
    elapsed_permille: int
    done_permille: int
    planned_permille: int
    pass_permille: int = 1000


def goal_of(item: LineItem) -> int:
    """How much it is to have, in the unit of its goal; 0 where there is none."""
    return item.budget_micros if item.goal.unit is GoalUnit.SPEND else item.goal.amount


def reach_of(vehicles: int, shown: int) -> Reach:
    """What may be told of an estimate; nobody saw it more often than it was shown."""
    vehicles = min(vehicles, shown)
    return Reach(vehicles, shown * 100 // vehicles) if vehicles >= REACH_BELOW else Reach()


def pace_of(item: LineItem, delivered: Delivered, now: datetime, paced: Pass | None = None) -> Pace | None:
    """How it goes; None where it has no goal.

    Args:
        item: what was booked.
        delivered: what it has had.
        now: the present.
        paced: what it was to have by now, by traffic, and what is let through; None where that is not known.
    """
    goal, flight = goal_of(item), item.flight
    if goal <= 0:
        return None
    whole_ms = to_ms(flight.end) - to_ms(flight.start)
    elapsed_ms = min(max(0, to_ms(now) - to_ms(flight.start)), whole_ms)
    elapsed, done = elapsed_ms * 1000 // whole_ms, delivered.of(item.goal.unit) * 1000 // goal
    fast = item.pacing is Pacing.FAST
    if paced is None or elapsed == 1000:
        paced = Pass(PPM, 0 if fast else round(curve(item.pacing, elapsed_ms / whole_ms) * PPM))
    planned = paced.plan_ppm // 1000
    if now < flight.start:
        state = "not-started"
    elif now >= flight.end:
        state = "over"
    elif done < planned - ON_PACE_PERMILLE:
        state = "behind"
    else:
        state = "ahead" if not fast and done > planned + ON_PACE_PERMILLE else "on-pace"
    return Pace(state, item.goal.unit, elapsed, done, planned, paced.pass_ppm // 1000)
