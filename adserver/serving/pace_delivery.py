"""Each minute every line item is held to its plan: what is let through of it grows or shrinks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from adserver.billing.budget import Balance, Pass
from adserver.billing.pace import goal_of
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from adserver.booking.forecast import HISTORY_LEAST_H
from adserver.booking.forecast_campaign import Known
from adserver.booking.terms import PPM, Delivered, GoalUnit, Pacing
from adserver.ports import Budgets, Campaigns
from adserver.serving.demand import DemandIndex
from adserver.serving.pacing import curve, first_ppm, step_ppm
from adserver.serving.reached import Cell, supply_of
from adserver.serving.shape import Shape, profile, shape_of
from adserver.serving.supply import HOUR_MS
from adserver.serving.value import paid_unit, rate_ppm
from geotarget.coarsen import middle
from kernel.clock import Clock

RENEWED_MS = 600_000
CELLS_LIMIT = 2_000
"""The busiest cells are looked at, and no others."""


@dataclass
class _Memory:
    """What is known of traffic; made anew every ten minutes."""

    known: Known | None = None
    at_ms: int = 0
    shapes: dict[tuple[object, ...], Shape] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True)
class PaceDelivery:
    """Reads what was had, compares it with what traffic has passed, and says what is let through.

    Args:
        known: what was offered of late, by hour and by cell.
        demand: what is booked, as it is now.
    """

    campaigns: Campaigns
    budgets: Budgets
    known: Callable[[], Known]
    demand: Callable[[], DemandIndex]
    clock: Clock
    _memory: _Memory = field(default_factory=_Memory, init=False)

    async def __call__(self) -> int:
        """How many line items are paced."""
        now_ms = self.clock.now_ms()
        booked = await asyncio.to_thread(self.campaigns.bookable, now_ms)
        items = [campaign.line_item for campaign, _ in booked if _paced(campaign, now_ms)]
        if not items or not await self.budgets.pacing_turn(now_ms // 60_000):
            return 0
        await asyncio.to_thread(self._look, items, now_ms)
        ids = [item.line_item_id for item in items]
        balances = await self.budgets.balances(ids)
        delivered = await self.budgets.delivered(ids)
        before = await self.budgets.paces(ids)
        going = [
            _Going(
                item,
                balances[item.line_item_id],
                delivered[item.line_item_id],
                before.get(item.line_item_id),
                self._planned(item, now_ms),
                self._planned(item, now_ms - 60_000),
            )
            for item in items
            if item.line_item_id in balances
        ]
        await self.budgets.pace(self._passes(going))
        return len(going)

    def _look(self, items: Sequence[LineItem], now_ms: int) -> None:
        """Renew what is known of traffic, and see to a shape for each line item."""
        memory = self._memory
        if memory.known is None or not 0 <= now_ms - memory.at_ms < RENEWED_MS:
            memory.known, memory.at_ms, memory.shapes = self.known(), now_ms, {}
            memory.cells = list(self._cells(memory.known))
        groups: dict[tuple[object, ...], list[LineItem]] = {}
        for item in items:
            groups.setdefault(profile(item), []).append(item)
        for key, members in groups.items():
            shape = memory.shapes.get(key)
            if shape is None or not all(shape.covers(one.starts_ms, one.ends_ms) for one in members):
                first = min(one.starts_ms for one in members) // HOUR_MS
                before = -(-max(one.ends_ms for one in members) // HOUR_MS)
                memory.shapes[key] = shape_of(memory.known.history, members[0], first, before)

    def _cells(self, known: Known) -> list[Cell]:
        history = known.history
        if history.hours < HISTORY_LEAST_H:
            return []  # of an hour nothing follows for the next
        demand = self.demand()
        return [
            Cell(
                sum(history.cells[cell].values()) / max(1, history.hours),
                [offer.line_item.line_item_id for offer in demand.reaching(*middle(cell))],
            )
            for cell in islice(known.busiest, CELLS_LIMIT)
        ]

    def _planned(self, item: LineItem, at_ms: int) -> float:
        """Which share of its goal is planned by then, in [0, 1]."""
        shape = self._memory.shapes[profile(item)]
        return curve(item.pacing, shape.passed(item.starts_ms, item.ends_ms, at_ms))

    def _passes(self, going: Sequence["_Going"]) -> dict[str, Pass]:
        supply = supply_of(self._memory.cells)
        return {one.item.line_item_id: one.stepped(supply.get(one.item.line_item_id)) for one in going}


@dataclass(frozen=True)
class _Going:
    """How a line item goes: what it has had, and what is planned by now and was a minute ago."""

    item: LineItem
    balance: Balance
    delivered: Delivered
    before: Pass | None
    plan: float
    plan_before: float

    @property
    def grain(self) -> float:
        """What a showing brings towards its goal."""
        item = self.item
        if item.goal.unit is GoalUnit.SPEND:
            paid = rate_ppm(paid_unit(item.pricing, item.action), self.delivered)
            return max(1.0, item.price_micros * paid / PPM)
        return rate_ppm(item.goal.unit, self.delivered) / PPM

    @property
    def done(self) -> float:
        """What it has had, and what is about to come of what is reserved."""
        item, reserved = self.item, self.balance.reserved_micros
        showings = reserved / item.price_micros if item.price_micros else 0.0
        if item.goal.unit is GoalUnit.SPEND or item.exact_goal:
            return self.delivered.of(item.goal.unit) + showings * self.grain
        return float(self.delivered.of(item.goal.unit))

    @property
    def wanted(self) -> float:
        """How many showings an hour its goal asks for."""
        hours = max(1.0, (self.item.ends_ms - self.item.starts_ms) / HOUR_MS)
        return goal_of(self.item) / self.grain / hours

    def stepped(self, supply: float | None) -> Pass:
        """What is let through from now on."""
        plan, goal = self.plan, float(goal_of(self.item))
        if self.before is None:
            return Pass(first_ppm(self.wanted, supply), round(plan * PPM))
        moved = plan - self.plan_before
        minutes = max(1.0, (self.item.ends_ms - self.item.starts_ms) / 60_000)
        stepped = step_ppm(self.before.pass_ppm, self.done, goal, plan, self.grain, moved * minutes)
        return Pass(stepped, round(plan * PPM))


def _paced(campaign: Campaign, now_ms: int) -> bool:
    item = campaign.line_item
    flying = item.starts_ms <= now_ms < item.ends_ms
    return (
        flying
        and campaign.state is CampaignState.ACTIVE
        and item.pacing is not Pacing.FAST
        and goal_of(item) > 0
    )
