"""What a forecast is asked for."""

import math
from datetime import datetime

import msgspec

from adserver.booking.campaign import Approach, LineItem, Priority
from adserver.booking.cap import FrequencyCap, Per
from adserver.booking.targeting import EVERYBODY, Modality, Targeting
from adserver.booking.terms import PPM, Action, Goal, GoalUnit, usual_ppm
from adserver.serving.supply import HOUR_MS, Kind
from kernel.clock import to_ms

DRIVE_S = 3_600.0
"""A drive is taken to be as long as that."""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a forecast is asked for: the targeting of an order, and what it may cost.

    Args:
        starts_at, ends_at: with a UTC offset.
        budget_micros: 0 for what is not known yet: then money limits nothing.
        cpm_micros, cpv_micros, cpa_micros: as of an order.
        action, goal: as of an order; a goal that is reached ends it.
        caps: as of an order, and of whatever else counts with it: how often a car may be shown it.
        priority: as of an order.
        kinds: what it has something to show for; all where that is not known.
        approach: as of an order; whether places lie ahead is reckoned with, and nothing else of it.
    """

    starts_at: datetime
    ends_at: datetime
    place_ids: tuple[str, ...] = ()
    area_ids: tuple[str, ...] = ()
    radius_m: int = 5_000
    markets: tuple[str, ...] = ()
    budget_micros: int = 0
    cpm_micros: int = 0
    targeting: Targeting = EVERYBODY
    cpv_micros: int = 0
    cpa_micros: int = 0
    action: Action = Action.TAP
    goal: Goal = Goal()
    caps: tuple[FrequencyCap, ...] = ()
    priority: Priority = Priority.STANDARD
    approach: Approach = Approach()
    kinds: tuple[Kind, ...] = ()

    @property
    def films_only(self) -> bool:
        """Whether cards would be worth nothing."""
        return self.cpv_micros > 0 or self.goal.unit is GoalUnit.VIEWS

    @property
    def flight_h(self) -> float:
        """How many hours it lasts."""
        return (to_ms(self.ends_at) - to_ms(self.starts_at)) / HOUR_MS


def given(plan: Plan | LineItem, kind: Kind) -> bool:
    """Whether it is for what is shown so; cards have no modality, and no end."""
    if kind is Kind.CARD:
        return not plan.films_only
    spots = {Modality.PICTURE: Kind.VIDEO, Modality.SOUND: Kind.AUDIO}
    return kind is spots.get(plan.targeting.modality, kind)


def limits_of(plan: Plan) -> list[tuple[int, float]]:
    """How often one car may be shown it, each within how many seconds; none where nothing limits that."""
    flight_s = plan.flight_h * 3600
    lengths = {Per.DRIVE: DRIVE_S, Per.LIFE: flight_s}
    return [(cap.count, min(lengths.get(cap.per, float(cap.window_s)), flight_s)) for cap in plan.caps]


def goal_showings(plan: Plan) -> float:
    """How many showings its goal asks for, by what usually comes of them."""
    if plan.goal.unit is GoalUnit.SPEND or not plan.goal.amount:
        return math.inf
    return plan.goal.amount * PPM / usual_ppm(plan.goal.unit)


def affordable(plan: Plan) -> float:
    """How many showings the budget pays for, by what usually comes of them."""
    value_micros = float(plan.cpm_micros)
    if plan.cpv_micros:
        value_micros = plan.cpv_micros * 1000 * usual_ppm(GoalUnit.VIEWS) / PPM
    elif plan.cpa_micros:
        unit = GoalUnit.TAPS if plan.action is Action.TAP else GoalUnit.REDEMPTIONS
        value_micros = plan.cpa_micros * 1000 * usual_ppm(unit) / PPM
    return plan.budget_micros * 1000 / value_micros if plan.budget_micros and value_micros else math.inf
