"""How much there will be to show: what was offered in the past weeks, in the same hours of the week.

Available is what comes within reach and suits what is asked of cars; possible is what others, the caps, the
budget and the goal leave of it. What is asked and cannot be reckoned with is named.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import msgspec

from adserver.booking.contention import Room
from adserver.booking.history import DAY_H, HISTORY_LEAST_H, Floats, History, What
from adserver.booking.plan import Plan, affordable, given, goal_showings, limits_of
from adserver.booking.suited import Traits, going_share, share_of
from adserver.booking.terms import PPM, GoalUnit, usual_ppm
from adserver.serving.returning import Returns, kept_share
from adserver.serving.supply import Kind
from geotarget.fence import Fence
from kernel.clock import to_ms

FEW = 10
"""Fewer than so many opportunities in the history are not told: they may be those of one car."""


class Bound(StrEnum):
    """What keeps the showings that are possible from being more: the last of these that took some away."""

    SUPPLY = "supply"
    OTHERS = "others"
    CAP = "cap"
    GOAL = "goal"
    BUDGET = "budget"


class Expected(msgspec.Struct, frozen=True):
    """Of one kind, or of all of them.

    Args:
        available: opportunities in reach, and suited.
        contended: those of them that other campaigns want too, by what their budgets and goals leave them.
        possible: what is left where those take theirs, as far as the cap, the goal and the budget go.
    """

    available: int = 0
    contended: int = 0
    possible: int = 0


class Range(msgspec.Struct, frozen=True):
    """Between what a number lies eight times in ten, by how the weeks seen differed."""

    low: int = 0
    high: int = 0


class Forecast(msgspec.Struct, frozen=True):
    """What may be expected; numbers have two significant digits.

    Args:
        code: ``forecast``; ``no-history`` or ``few`` where nothing can be told; ``no-targeting``.
        history_days: how many days of history it rests on.
        thin: it rests on less than two weeks, so that no two weeks can be compared.
        unlocated_permille: of all opportunities those of cars that do not let their place be known.
        competitors: how many campaigns of the same or a higher priority are booked in reach in these days.
        goal_possible: how much of its goal the showings that are possible come to, by what usually comes of
            them; 0 where its goal is its budget.
        available_range, possible_range: how far both may be off.
        vehicles: about how many will come within reach; 0 where that is not known.
        bound: what keeps the showings that are possible from being more.
        unreckoned: what is asked and not reckoned with: traits of which nothing is known, ``cap``, ``fence``,
            ``detour``.
    """

    code: str
    history_days: int = 0
    total: Expected = Expected()
    kinds: dict[Kind, Expected] = {}
    unlocated_permille: int = 0
    competitors: int = 0
    goal_possible: int = 0
    thin: bool = False
    available_range: Range = Range()
    possible_range: Range = Range()
    vehicles: int = 0
    bound: Bound = Bound.SUPPLY
    unreckoned: tuple[str, ...] = ()


class Reach(msgspec.Struct, frozen=True):
    """Where a plan is shown.

    Args:
        cells: in reach, and which share of each.
        side_km: of a square as large as all of it.
        behind: of the cars there that go somewhere, the share that has all its places behind it.
    """

    cells: Mapping[str, float]
    side_km: float
    behind: float = 0.0


class Past(msgspec.Struct, frozen=True):
    """All that a forecast rests on: counts, traits, and how often cars come back."""

    history: History
    traits: Traits = {}
    returns: Returns = Returns()


class _Part(msgspec.Struct, frozen=True):
    """Of one kind, before anything is rounded."""

    available: float
    contended: float
    left: float
    kept: float


def forecast(
    plan: Plan,
    past: Past,
    reach: Reach,
    room: Callable[[str, Kind], Room | None],
    competitors: int,
) -> Forecast:
    """What may be expected.

    Args:
        plan: what is asked for.
        past: what it rests on.
        reach: where it is shown.
        room: what others leave at a cell, of opportunities of a kind; None where nobody has looked, which is
            taken to be as elsewhere.
        competitors: how many campaigns those are together.
    """
    history = past.history
    days = history.hours // DAY_H
    if history.hours < HISTORY_LEAST_H or not history.totals:
        return Forecast("no-history", days)
    suited, untold = _suited(plan, past, reach)
    seen = {what: hours for what, hours in history.seen(reach.cells).items() if what in suited}
    unlocated = _unlocated_permille(history, set(suited))
    if sum(float(hours.sum()) for hours in seen.values()) < FEW:
        return Forecast("few", days, unlocated_permille=unlocated, competitors=competitors)
    weights = history.weights(to_ms(plan.starts_at), to_ms(plan.ends_at), plan.targeting.dayparts)
    weights = {what: weights[what] * suited[what] for what in seen}
    outlook = history.outlook(seen, weights, plan.flight_h)
    parts = _parts(plan, past, reach, seen, weights, room)
    available = sum(part.available for part in parts.values())
    contended = sum(part.contended for part in parts.values())
    after_others = sum(part.available * part.left for part in parts.values())
    after_cap = sum(part.available * part.left * part.kept for part in parts.values())
    goal, budget = goal_showings(plan), affordable(plan)
    possible, bound = _bound(available, after_others, after_cap, goal, budget)
    share = after_cap / available if available else 0.0
    low, high = (min(end * share, goal, budget) for end in (outlook.low, outlook.high))
    rate = 0.0 if plan.goal.unit is GoalUnit.SPEND else usual_ppm(plan.goal.unit) / PPM
    return Forecast(
        "forecast",
        days,
        _expected(available, contended, possible),
        {
            kind: _expected(one.available, one.contended, one.available * one.left * one.kept)
            for kind, one in parts.items()
        },
        unlocated,
        competitors,
        _rounded(possible * rate),
        thin=days < 14,
        available_range=Range(_rounded(outlook.low), _rounded(outlook.high)),
        possible_range=Range(_rounded(low), _rounded(high)),
        vehicles=_vehicles(plan, past.returns, reach, parts),
        bound=bound,
        unreckoned=_unreckoned(plan, past.returns, untold),
    )


def _suited(plan: Plan, past: Past, reach: Reach) -> tuple[dict[What, float], set[str]]:
    """Which share of each market and kind is what is asked for, and what of that could not be told."""
    found, untold = {}, set[str]()
    for market, kind in past.history.totals:
        if (plan.markets and market not in plan.markets) or not given(plan, kind):
            continue
        if plan.kinds and kind not in plan.kinds:
            continue
        traits = past.traits.get((market, kind), {})
        share, unknown = share_of(plan.targeting, traits, kind)
        found[market, kind] = share * (1 - going_share(traits) * reach.behind)
        untold |= {trait.value for trait in unknown}
    return found, untold


def _parts(
    plan: Plan,
    past: Past,
    reach: Reach,
    seen: Mapping[What, Floats],
    weights: Mapping[What, Floats],
    room: Callable[[str, Kind], Room | None],
) -> dict[Kind, _Part]:
    """What of each kind there is, what others want and leave of it, and what the cap lets through of that."""
    history, found = past.history, {}
    all_hours = history.weights(to_ms(plan.starts_at), to_ms(plan.ends_at))
    for kind in Kind:
        of_kind = [what for what in seen if what[1] is kind]
        means = {what: history.means(seen[what]) for what in of_kind}
        number = sum(float(weights[what] @ means[what]) for what in of_kind)
        at_any_hour = sum(float(all_hours[what] @ means[what]) for what in of_kind)
        wanted, left = _shared(history, reach, of_kind, kind, room)
        # In some hours, and of what others leave, a car has fewer.
        thinned = left * min(1.0, number / at_any_hour) if at_any_hour else 1.0
        found[kind] = _Part(number, number * wanted, left, _kept(plan, past.returns, reach, kind, thinned))
    return found


def _kept(plan: Plan, returns: Returns, reach: Reach, kind: Kind, thinned: float) -> float:
    """Which share the caps let through, where only a part of what a car comes by is offered."""
    kept = 1.0
    for count, time_s in limits_of(plan):
        often = returns.often(card=kind is Kind.CARD, side_km=reach.side_km, time_s=time_s)
        if often is not None:
            kept = min(kept, kept_share(count, 1 + (often - 1) * thinned))
    return kept


def _shared(
    history: History,
    reach: Reach,
    whats: Sequence[What],
    kind: Kind,
    room: Callable[[str, Kind], Room | None],
) -> tuple[float, float]:
    """Which share of opportunities others want too, and which is left, in the mean of the cells in reach."""
    wanted, left, whole = 0.0, 0.0, 0.0
    for cell, share in reach.cells.items():
        counts = history.cells.get(cell)
        number = sum(counts.get(what, 0) for what in whats) * share if counts else 0.0
        if number and (here := room(cell, kind)) is not None:
            wanted, left, whole = wanted + number * here.wanted, left + number * here.left, whole + number
    return (wanted / whole, left / whole) if whole else (0.0, 1.0)


def _bound(
    available: float, after_others: float, after_cap: float, goal: float, budget: float
) -> tuple[float, Bound]:
    """How many showings are possible, and what keeps them from being more."""
    possible, bound = available, Bound.SUPPLY
    steps = (after_others, Bound.OTHERS), (after_cap, Bound.CAP), (goal, Bound.GOAL), (budget, Bound.BUDGET)
    for most, name in steps:
        if most < possible * 0.99:
            possible, bound = most, name
    return possible, bound


def _vehicles(plan: Plan, returns: Returns, reach: Reach, parts: Mapping[Kind, _Part]) -> int:
    """About how many will come: of cars that have both spots and cards, the more."""
    found = 0.0
    for card in (False, True):
        often = returns.often(card=card, side_km=reach.side_km, time_s=plan.flight_h * 3600)
        number = sum(part.available for kind, part in parts.items() if (kind is Kind.CARD) is card)
        found = max(found, number / often if often else 0.0)
    return _rounded(found)


def _unreckoned(plan: Plan, returns: Returns, untold: set[str]) -> tuple[str, ...]:
    also = {
        "cap": bool(plan.caps) and not returns.means,
        "fence": bool(plan.area_ids) and plan.approach.fence is not Fence.INSIDE,
        "detour": bool(plan.place_ids) and plan.approach.detour_max_min > 0,
    }
    return tuple(sorted(untold | {name for name, so in also.items() if so}))


def _unlocated_permille(history: History, wanted: set[What]) -> int:
    unlocated = history.cells.get("", {})
    of_all = sum(history.totals[what] for what in wanted)
    return sum(unlocated.get(what, 0) for what in wanted) * 1000 // max(1, of_all)


def _expected(available: float, contended: float, possible: float) -> Expected:
    return Expected(_rounded(available), _rounded(contended), _rounded(possible))


def _rounded(number: float) -> int:
    """To two significant digits: an estimate is no count."""
    return int(float(f"{number:.2g}"))
