"""Each minute every line item is held to its plan: what is let through of it is said anew."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from adserver.billing.budget import Balance, Pass
from adserver.billing.pace import goal_of
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from adserver.booking.history import HISTORY_LEAST_H
from adserver.booking.known import Known
from adserver.booking.terms import PPM, Delivered, GoalUnit, Pacing
from adserver.ports import Budgets, Campaigns
from adserver.serving.demand import DemandIndex
from adserver.serving.pacing import curve, first_plenty, learned, pass_ppm, wanted
from adserver.serving.reached import Cell, supply_of
from adserver.serving.shape import Shape, profile, shape_of
from adserver.serving.supply import HOUR_MS
from adserver.serving.value import paid_unit, rate_ppm
from geotarget.coarsen import middle
from kernel.clock import Clock

RENEWED_MS = 600_000
MINUTE_MS = 60_000
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
        if not items or not await self.budgets.pacing_turn(now_ms // MINUTE_MS):
            return 0
        await asyncio.to_thread(self._look, items, now_ms)
        ids = [item.line_item_id for item in items]
        balances = await self.budgets.balances(ids)
        delivered = await self.budgets.delivered(ids)
        before = await self.budgets.paces(ids)
        going = [
            self._going(item, now_ms, balances[item.line_item_id], delivered[item.line_item_id], before)
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

    def _going(
        self, item: LineItem, now_ms: int, balance: Balance, delivered: Delivered, paces: Mapping[str, Pass]
    ) -> "_Going":
        shape, before = self._memory.shapes[profile(item)], paces.get(item.line_item_id)
        then_ms = before.at_ms if before else now_ms
        passed = (
            shape.passed(item.starts_ms, item.ends_ms, at_ms)
            for at_ms in (then_ms, now_ms, now_ms + MINUTE_MS)
        )
        return _Going(item, now_ms, balance, delivered, before, *passed)

    def _passes(self, going: Sequence["_Going"]) -> dict[str, Pass]:
        supply = supply_of(self._memory.cells)
        return {one.item.line_item_id: one.stepped(supply.get(one.item.line_item_id)) for one in going}


@dataclass(frozen=True)
class _Going:
    """How a line item goes: what it has had, and what has passed of its traffic.

    Args:
        before: how it was paced the last time, if it was.
        then, now, soon: which share of its traffic had passed by then, has by now, and will in a minute.
    """

    item: LineItem
    now_ms: int
    balance: Balance
    delivered: Delivered
    before: Pass | None
    then: float
    now: float
    soon: float

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
    def goal(self) -> float:
        """How many showings its goal asks for."""
        return goal_of(self.item) / self.grain

    @property
    def minutes(self) -> float:
        """How long its flight is."""
        return max(1.0, (self.item.ends_ms - self.item.starts_ms) / MINUTE_MS)

    def plenty(self, supply: float | None) -> float:
        """How many times its goal could be had, were all let through."""
        before = self.before
        if before is None or not before.at_ms:
            return first_plenty(self.goal / self.minutes * 60, supply)
        let = before.pass_ppm / PPM * max(0.0, self.now - self.then) * self.goal
        had = max(0, self.delivered.shown - before.shown)
        return learned(before.plenty_ppm / PPM, had, let)

    def stepped(self, supply: float | None) -> Pass:
        """What is let through from now on."""
        goal, plenty = self.goal, self.plenty(supply)
        aim, aim_next = curve(self.item.pacing, self.now), curve(self.item.pacing, self.soon)
        want = wanted(self.done / self.grain, goal, aim, aim_next)
        return Pass(
            pass_ppm(want, goal, plenty, self.soon - self.now, self.minutes),
            round(aim * PPM),
            round(plenty * PPM),
            self.delivered.shown,
            self.now_ms,
        )


def _paced(campaign: Campaign, now_ms: int) -> bool:
    item = campaign.line_item
    flying = item.starts_ms <= now_ms < item.ends_ms
    return (
        flying
        and campaign.state is CampaignState.ACTIVE
        and item.pacing is not Pacing.FAST
        and goal_of(item) > 0
    )
