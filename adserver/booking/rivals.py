"""Who else is booked where a plan reaches, and how much of that they will take."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adserver.booking.campaign import PRIORITY_RANK, CampaignState, Priority
from adserver.booking.contention import SPOT_SEGMENTS, Rival, Room, room_for, taken
from adserver.booking.forecast import Past
from adserver.booking.known import Known
from adserver.booking.plan import Plan
from adserver.booking.suited import segments_of, share_of
from adserver.booking.terms import PPM, GoalUnit
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.supply import HOUR_MS, Kind
from adserver.serving.value import rate_ppm, value_micros
from geotarget.coarsen import middle
from kernel.clock import to_ms

SUPPLY_CELLS_LIMIT = 2_000
"""In so many cells, the busiest, it is looked how much rivals reach, and in those where they are met."""


@dataclass
class Booked:
    """Who is booked where, and how much of what each reaches; until demand or history are others."""

    demand: DemandIndex
    known: Known
    cells: dict[str, list[Offer]] = field(default_factory=dict)
    supply: dict[str, dict[Kind, float]] = field(default_factory=dict)

    def at(self, cell: str) -> list[Offer]:
        """The offers that reach a cell; what is in it is counted as theirs."""
        found = self.cells.get(cell)
        if found is None:
            found = self.cells[cell] = self.demand.reaching(*middle(cell))
            for (market, kind), number in self.known.history.cells.get(cell, {}).items():
                for offer in found:
                    item = offer.line_item
                    if not item.markets or market in item.markets:
                        of_kind = self.supply.setdefault(item.line_item_id, {})
                        of_kind[kind] = of_kind.get(kind, 0.0) + number / self.known.history.hours
        return found

    def rivals(self, plan: Plan, cells: list[str], now_ms: int) -> dict[str, tuple[Rival, ...]]:
        """Who competes with a plan, by cell."""
        met = {cell: [one for one in self.at(cell) if competes(plan, one)] for cell in cells}
        offers = {one.line_item.line_item_id: one for some in met.values() for one in some}
        if offers:
            for cell in self.known.busiest[:SUPPLY_CELLS_LIMIT]:
                self.at(cell)
        past = self.known.past
        found = {
            item_id: rival_of(plan, offer, self.supply.get(item_id, {}), past, now_ms)
            for item_id, offer in offers.items()
        }
        return {cell: tuple(found[one.line_item.line_item_id] for one in some) for cell, some in met.items()}


def rooms(known: Known, rivals: Mapping[str, tuple[Rival, ...]]) -> Callable[[str, Kind], Room | None]:
    """What others leave at a cell; where many have the same rivals it is worked out once."""
    segments = {
        kind: segments_of(
            max((seen for (_, k), seen in known.past.traits.items() if k is kind), key=len, default={})
        )
        for kind in Kind
    }
    memory: dict[tuple[tuple[str, ...], Kind], Room] = {}

    def room(cell: str, kind: Kind) -> Room | None:
        here = rivals.get(cell)
        if here is None:
            return None
        key = tuple(rival.line_item_id for rival in here), kind
        if key not in memory:
            memory[key] = room_for(here, kind, segments[kind])
        return memory[key]

    return room


def competes(plan: Plan, offer: Offer) -> bool:
    """Whether an offer may take something of what a plan is for: none of a lower priority, nor the house."""
    item = offer.line_item
    if offer.state is not CampaignState.ACTIVE or offer.exhausted or item.priority is Priority.HOUSE:
        return False
    if PRIORITY_RANK[item.priority] > PRIORITY_RANK[plan.priority]:
        return False
    if plan.markets and item.markets and set(plan.markets).isdisjoint(item.markets):
        return False
    return item.starts_ms < to_ms(plan.ends_at) and item.ends_ms > to_ms(plan.starts_at)


def rival_of(
    plan: Plan, offer: Offer, supply_an_hour: Mapping[Kind, float], past: Past, now_ms: int
) -> Rival:
    """How much of its reach it takes while the plan lasts: what it still wants, spread over what is left."""
    item = offer.line_item
    begins, ends = to_ms(plan.starts_at), to_ms(plan.ends_at)
    from_ms = max(item.starts_ms, now_ms)
    rest_h = max(1.0, (item.ends_ms - from_ms) / HOUR_MS)
    overlap = max(0, min(item.ends_ms, ends) - max(item.starts_ms, begins)) / (ends - begins)
    most = {
        kind: share_of(item.targeting, past.traits.get((market, kind), {}), kind)[0]
        for market, kind in past.history.totals
        if not item.markets or market in item.markets
    }
    kinds = {kind for kind in most if (offer.cards if kind is Kind.CARD else offer.spots)}
    supply = sum(supply_an_hour.get(kind, 0.0) for kind in kinds) * rest_h
    share = taken(still_wants(offer), supply)
    lengths = [creative.segments for creative in offer.spots]
    return Rival(
        item.line_item_id,
        PRIORITY_RANK[item.priority] < PRIORITY_RANK[plan.priority],
        {kind: min(most[kind], share) for kind in kinds},
        sum(lengths) / len(lengths) if lengths else SPOT_SEGMENTS,
        overlap,
    )


def still_wants(offer: Offer) -> float:
    """How many showings, by what is left of its budget and its goal."""
    item, had = offer.line_item, offer.delivered
    wanted = math.inf
    if item.price_micros and (value := value_micros(item, had)):
        wanted = max(0, item.budget_micros - had.spent_micros) * 1000 / value
    if item.goal.unit is not GoalUnit.SPEND and item.goal.amount:
        left = max(0, item.goal.amount - had.of(item.goal.unit))
        wanted = min(wanted, left * PPM / rate_ppm(item.goal.unit, had))
    return wanted
