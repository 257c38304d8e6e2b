"""Counters and ledger are compared, and what counters lost is made good. Called on start and each minute."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adserver.billing.budget import COUPON_REMEMBERED_MS, REMEMBERED_MS
from adserver.billing.impression import BEACON_TTL_MS, CountedFill
from adserver.billing.post_ledger import PostLedger
from adserver.booking.campaign import Campaign, LineItem
from adserver.booking.terms import NOTHING, Delivered, GoalUnit
from adserver.ports import Budgets, Campaigns, Ledger
from kernel.clock import Clock


@dataclass(frozen=True)
class Reconciliation:
    """What was found.

    Args:
        opened: line items whose counters were missing and were set from the ledger.
        repaired: line items whose counters had lost what the ledger kept, and were raised.
        unbalanced: line items whose parts do not add up to the budget.
        differing: line items whose ledger and counters still disagree on what is spent.
        released: claims that had expired.
    """

    opened: tuple[str, ...]
    repaired: tuple[str, ...]
    unbalanced: tuple[str, ...]
    differing: tuple[str, ...]
    released: int


@dataclass(frozen=True)
class ReconcileBudgets:
    """Proves remaining + reserved + spent = budget, and spent = ledger.

    It runs while others count and post: all that had been counted when it began is posted before the ledger
    is read, and the counters are read last, so that in a sound house the ledger lies between the two.
    """

    campaigns: Campaigns
    budgets: Budgets
    ledger: Ledger
    clock: Clock

    async def __call__(self) -> Reconciliation:
        """What was found, after what is outstanding was posted and what expired was released."""
        now_ms = self.clock.now_ms()
        released = await self.budgets.expire(now_ms)
        ended = now_ms - REMEMBERED_MS, now_ms - COUPON_REMEMBERED_MS
        booked = await asyncio.to_thread(self.campaigns.bookable, *ended)
        items = {campaign.line_item.line_item_id: campaign.line_item for campaign, _ in booked}
        item_ids = list(items)
        before = await self.budgets.balances(item_ids)
        await PostLedger(self.budgets, self.ledger)()
        had = await asyncio.to_thread(self.ledger.delivered)
        opened, repaired = await self._make_good(items, had, now_ms)
        await self._edits([campaign for campaign, _ in booked])
        unbalanced, differing = [], []
        after = await self.budgets.balances(item_ids)
        for item_id in item_ids:
            paid = had.get(item_id, NOTHING).spent_micros
            counted = before[item_id].spent_micros if item_id in before else 0
            if item_id not in after or not after[item_id].balanced:
                unbalanced.append(item_id)
            elif not counted <= paid <= after[item_id].spent_micros:
                differing.append(item_id)
        return Reconciliation(tuple(opened), tuple(repaired), tuple(unbalanced), tuple(differing), released)

    async def _edits(self, booked: Sequence[Campaign]) -> None:
        """Budgets that were edited by one who died before the counters followed."""
        standing = await self.budgets.balances([campaign.line_item.line_item_id for campaign in booked])
        for campaign in booked:
            item = campaign.line_item
            balance = standing.get(item.line_item_id)
            if balance is not None and balance.budget_micros != item.budget_micros:
                await self.budgets.rebudget(item, campaign.revision)

    async def _make_good(
        self, items: Mapping[str, LineItem], had: Mapping[str, Delivered], now_ms: int
    ) -> tuple[list[str], list[str]]:
        """Open counters that are missing, and repair those that are behind the ledger; which they were."""
        standing = await self.budgets.balances(list(items))
        counted = await self.budgets.delivered(list(items))
        behind = [
            item_id
            for item_id in items
            if item_id not in standing or _less(counted[item_id], had.get(item_id, NOTHING))
        ]
        if not behind:
            return [], []
        # Beacons of older fills are not accepted any more; what was saved of them is redeemed for longer.
        since = now_ms - BEACON_TTL_MS, now_ms - COUPON_REMEMBERED_MS
        lately = await asyncio.to_thread(self.ledger.counted_since, *since)
        opened, repaired = [], []
        for item_id in behind:
            ours, fills = had.get(item_id, NOTHING), lately.get(item_id, list[CountedFill]())
            spent_micros = ours.spent_micros
            if item_id in standing:
                if await self.budgets.repair(
                    item_id, spent_micros=spent_micros, counted=fills, now_ms=now_ms, delivered=ours
                ):
                    repaired.append(item_id)
            elif await self.budgets.open(
                items[item_id], spent_micros=spent_micros, counted=fills, now_ms=now_ms, delivered=ours
            ):
                opened.append(item_id)
        return opened, repaired


def _less(counted: Delivered, had: Delivered) -> bool:
    """Whether counters lost something that the ledger kept."""
    return any(counted.of(unit) < had.of(unit) for unit in GoalUnit)
