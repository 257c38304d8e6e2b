"""How much there will be to show: what was offered in the past weeks, in the same hours of the week.

It knows what was possible of late, and of no fleet that grows, no holiday, no weather. Where and when are
taken as independent: an hour's expectation is that of the market, a place's share that of all hours.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from adserver.booking.campaign import LineItem
from adserver.booking.targeting import (
    EVERYBODY,
    WEEK_MIN,
    Daypart,
    Modality,
    Targeting,
    week_minute,
    week_spans,
    within,
)
from adserver.booking.terms import PPM, Action, Goal, GoalUnit, usual_ppm
from adserver.serving.supply import HOUR_MS, Kind
from geotarget.local_zones import zones_of
from kernel.clock import from_ms, to_ms

WEEK_H, DAY_H = 168, 24
HISTORY_LEAST_H = 24
"""With less than a day of history nothing can be said."""
FEW = 10
"""Fewer than so many opportunities in the history are not told: they may be those of one car."""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a forecast is asked for: the targeting of an order, and what it may cost.

    Args:
        starts_at, ends_at: with a UTC offset.
        budget_micros: 0 for what is not known yet: then money limits nothing.
        cpm_micros, cpv_micros, cpa_micros: as of an order.
        action, goal: as of an order; a goal that is reached ends it.
        targeting: of which the hours and the modality are reckoned with: more of a car is not kept.
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

    @property
    def films_only(self) -> bool:
        """Whether cards would be worth nothing."""
        return self.cpv_micros > 0 or self.goal.unit is GoalUnit.VIEWS


class Expected(msgspec.Struct, frozen=True):
    """Of one kind, or of all of them.

    Args:
        available: opportunities in reach.
        contended: those of them for which other campaigns are booked too.
        possible: what is left where those take their share, and as far as the budget goes.
    """

    available: int = 0
    contended: int = 0
    possible: int = 0


class Forecast(msgspec.Struct, frozen=True):
    """What may be expected; numbers have two significant digits.

    Args:
        code: ``forecast``; ``no-history`` or ``few`` where nothing can be told; ``no-targeting``.
        history_days: how many days of history it rests on.
        unlocated_permille: of all opportunities those of cars that do not let their place be known.
        competitors: how many campaigns are booked in reach in these days.
        goal_possible: how much of its goal the showings that are possible come to, by what usually comes of
            them; 0 where its goal is its budget.
    """

    code: str
    history_days: int = 0
    total: Expected = Expected()
    kinds: dict[Kind, Expected] = {}
    unlocated_permille: int = 0
    competitors: int = 0
    goal_possible: int = 0


class Rival(msgspec.Struct, frozen=True):
    """How many others are booked at a cell, and during which share of the flight at least one of them."""

    number: int = 0
    share: float = 0.0


class History(msgspec.Struct, frozen=True):
    """What was offered, added up: by cell, and by hour of the week.

    Args:
        hours: how many hours it is of.
        cells: opportunities by cell, market and kind.
        totals: by market and kind.
        weekly: means by market, kind and hour of the week, counted from Thursday 00:00 UTC, as 1970 began.
    """

    hours: int
    cells: dict[str, dict[tuple[str, Kind], int]]
    totals: dict[tuple[str, Kind], int]
    weekly: dict[tuple[str, Kind], tuple[float, ...]]

    @classmethod
    def of(
        cls,
        first_hour: int,
        before_hour: int,
        by_cell: Mapping[tuple[str, str, Kind], int],
        by_hour: Mapping[tuple[int, str, Kind], int],
    ) -> "History":
        """From counts of the hours from ``first_hour`` to ``before_hour``, the latter left out."""
        cells: dict[str, dict[tuple[str, Kind], int]] = {}
        totals: dict[tuple[str, Kind], int] = {}
        for (cell, market, kind), number in by_cell.items():
            cells.setdefault(cell, {})[market, kind] = number
            totals[market, kind] = totals.get((market, kind), 0) + number
        sums = {what: [0] * WEEK_H for what in totals}
        for (hour, market, kind), number in by_hour.items():
            sums[market, kind][hour % WEEK_H] += number
        hours = before_hour - first_hour
        times = [_times(first_hour, before_hour, slot) for slot in range(WEEK_H)]
        weekly = {what: _means(by_slot, times) for what, by_slot in sums.items()}
        return cls(hours, cells, totals, weekly)

    def expected(
        self, starts_ms: int, ends_ms: int, dayparts: tuple[Daypart, ...] = ()
    ) -> dict[tuple[str, Kind], float]:
        """Opportunities anywhere within [start, end), by market and kind.

        Args:
            starts_ms: in milliseconds since 1970.
            ends_ms: in milliseconds since 1970.
            dayparts: only within these hours, by the clocks of each market (of several the first; where none
                is known, never); none for all.
        """
        zones = {market: zone_of(market) if dayparts else "UTC" for market, _ in self.weekly}
        weights = {zone: _weights(starts_ms, ends_ms, dayparts, zone) for zone in set(zones.values())}
        return {
            what: sum(weight * mean for weight, mean in zip(weights[zones[what[0]]], means, strict=True))
            for what, means in self.weekly.items()
        }


def zone_of(market: str) -> str:
    """Where its clocks are: of several zones the first; empty where none is known."""
    return next(iter(zones_of(market)), "")


def _weights(starts_ms: int, ends_ms: int, dayparts: tuple[Daypart, ...], zone: str) -> list[float]:
    """How often each hour of the week comes, hours at both ends as far as they belong to it."""
    shares = opened(dayparts, zone)
    weights = [0.0] * WEEK_H
    for hour in range(starts_ms // HOUR_MS, -(-ends_ms // HOUR_MS)):
        within_ms = min(ends_ms, (hour + 1) * HOUR_MS) - max(starts_ms, hour * HOUR_MS)
        weights[hour % WEEK_H] += shares(hour) * within_ms / HOUR_MS
    return weights


def opened(dayparts: tuple[Daypart, ...], zone: str) -> Callable[[int], float]:
    """Which share of an hour lies in dayparts."""
    if not (dayparts and zone):
        return lambda _: 0.0 if dayparts else 1.0
    clocks, spans = ZoneInfo(zone), week_spans(dayparts)

    @cache
    def share(begin_min: int) -> float:
        return sum(within(spans, (begin_min + n) % WEEK_MIN) for n in range(0, 60, 5)) / 12

    return lambda hour: share(week_minute(from_ms(hour * HOUR_MS).astimezone(clocks)))


def _times(first_hour: int, before_hour: int, slot: int) -> int:
    """How often an hour of the week came."""
    return (before_hour - 1 - slot) // WEEK_H - (first_hour - 1 - slot) // WEEK_H


def _means(sums: list[int], times: list[int]) -> tuple[float, ...]:
    """By hour of the week; one that never came is taken as that hour of other days, or as any hour."""
    overall = sum(sums) / max(1, sum(times))

    def mean(slot: int) -> float:
        if times[slot]:
            return sums[slot] / times[slot]
        same = range(slot % DAY_H, WEEK_H, DAY_H)
        came = sum(times[one] for one in same)
        return sum(sums[one] for one in same) / came if came else overall

    return tuple(mean(slot) for slot in range(WEEK_H))


def forecast(
    plan: Plan,
    history: History,
    reached: Mapping[str, float],
    rival: Callable[[str], Rival],
    competitors: int,
) -> Forecast:
    """What may be expected.

    Args:
        plan: what is asked for.
        history: what was offered.
        reached: cells in reach, and which share of each.
        rival: who else is booked at a cell.
        competitors: how many campaigns those are together.
    """
    days = history.hours // DAY_H
    if history.hours < HISTORY_LEAST_H or not history.totals:
        return Forecast("no-history", days)
    wanted = {what for what in history.totals if not plan.markets or what[0] in plan.markets}
    wanted = {what for what in wanted if given(plan, what[1])}
    hours = plan.targeting.dayparts
    everywhere = history.expected(to_ms(plan.starts_at), to_ms(plan.ends_at), hours)
    sums = {kind: [0.0, 0.0, 0.0] for kind in Kind}
    seen = 0.0
    for cell, share in reached.items():
        other = rival(cell)
        for what in wanted & history.cells.get(cell, {}).keys():
            past = history.cells[cell][what] * share
            number = everywhere[what] * past / history.totals[what]
            contended = number * other.share if other.number else 0.0
            seen += past
            for place, value in enumerate(
                (number, contended, number - contended * other.number / (other.number + 1))
            ):
                sums[what[1]][place] += value
    unlocated = _unlocated_permille(history, wanted)
    if seen < FEW:
        return Forecast("few", days, unlocated_permille=unlocated, competitors=competitors)
    kinds = {kind: _expected(*values) for kind, values in sums.items()}
    available, contended, possible = (sum(values[place] for values in sums.values()) for place in range(3))
    possible = min(possible, _affordable(plan))
    reached_goal = 0.0
    if plan.goal.unit is not GoalUnit.SPEND:
        rate = usual_ppm(plan.goal.unit) / PPM
        possible = min(possible, plan.goal.amount / rate) if plan.goal.amount else possible
        reached_goal = possible * rate
    total = _expected(available, contended, possible)
    return Forecast("forecast", days, total, kinds, unlocated, competitors, _rounded(reached_goal))


def _affordable(plan: Plan) -> float:
    """How many showings the budget pays for, by what usually comes of them."""
    value_micros = float(plan.cpm_micros)
    if plan.cpv_micros:
        value_micros = plan.cpv_micros * 1000 * usual_ppm(GoalUnit.VIEWS) / PPM
    elif plan.cpa_micros:
        unit = GoalUnit.TAPS if plan.action is Action.TAP else GoalUnit.REDEMPTIONS
        value_micros = plan.cpa_micros * 1000 * usual_ppm(unit) / PPM
    return plan.budget_micros * 1000 / value_micros if plan.budget_micros and value_micros else math.inf


def given(plan: Plan | LineItem, kind: Kind) -> bool:
    """Whether it is for what is shown so; cards have no modality, and no end."""
    if kind is Kind.CARD:
        return not plan.films_only
    spots = {Modality.PICTURE: Kind.VIDEO, Modality.SOUND: Kind.AUDIO}
    return kind is spots.get(plan.targeting.modality, kind)


def _unlocated_permille(history: History, wanted: set[tuple[str, Kind]]) -> int:
    unlocated = history.cells.get("", {})
    of_all = sum(history.totals[what] for what in wanted)
    return sum(unlocated.get(what, 0) for what in wanted) * 1000 // max(1, of_all)


def _expected(available: float, contended: float, possible: float) -> Expected:
    return Expected(_rounded(available), _rounded(contended), _rounded(possible))


def _rounded(number: float) -> int:
    """To two significant digits: an estimate is no count."""
    return int(float(f"{number:.2g}"))
