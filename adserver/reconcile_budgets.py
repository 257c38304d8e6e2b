"""Counters and ledger are compared, and lost counters rebuilt. Called on start and each minute."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adserver.budget import REMEMBERED_MS
from adserver.campaign import LineItem
from adserver.ports import Budgets, Campaigns, Ledger
from adserver.post_ledger import PostLedger
from kernel.clock import Clock


@dataclass(frozen=True)
class Reconciliation:
    """What was found.

    Args:
        opened: line items whose counters were missing and were set from the ledger.
        unbalanced: line items whose parts do not add up to the budget.
        differing: line items whose ledger and counters disagree on what is spent.
        released: claims that had expired.
    """

    opened: tuple[str, ...]
    unbalanced: tuple[str, ...]
    differing: tuple[str, ...]
    released: int


@dataclass(frozen=True)
class ReconcileBudgets:
    """Proves remaining + reserved + spent = budget, and spent = ledger."""

    campaigns: Campaigns
    budgets: Budgets
    ledger: Ledger
    clock: Clock

    async def __call__(self) -> Reconciliation:
        """What was found, after what is outstanding was posted and what expired was released."""
        now_ms = self.clock.now_ms()
        released = await self.budgets.expire(now_ms)
        booked = await asyncio.to_thread(self.campaigns.bookable, now_ms - REMEMBERED_MS)
        items = [campaign.line_item for campaign, _ in booked]
        item_ids = [item.line_item_id for item in items]
        before = await self.budgets.balances(item_ids)
        await PostLedger(self.budgets, self.ledger)()
        spent = await asyncio.to_thread(self.ledger.spent)
        opened = await self._open([item for item in items if item.line_item_id not in before], spent, now_ms)
        unbalanced, differing = [], []
        after = await self.budgets.balances(item_ids)
        for item_id in item_ids:
            paid = spent.get(item_id, 0)
            if item_id not in after or not after[item_id].balanced:
                unbalanced.append(item_id)
            # All that was counted before the posting is in the ledger, and the ledger is never ahead.
            elif (
                not (before[item_id].spent_micros if item_id in before else 0)
                <= paid
                <= after[item_id].spent_micros
            ):
                differing.append(item_id)
        return Reconciliation(tuple(opened), tuple(unbalanced), tuple(differing), released)

    async def _open(self, items: Sequence[LineItem], spent: Mapping[str, int], now_ms: int) -> list[str]:
        """Rebuild the counters of ``items`` from the ledger; which of them still were missing."""
        if not items:
            return []
        counted = await asyncio.to_thread(self.ledger.counted_since, now_ms - REMEMBERED_MS)
        opened = []
        for item in items:
            paid, fills = spent.get(item.line_item_id, 0), counted.get(item.line_item_id, ())
            if await self.budgets.open(item, spent_micros=paid, counted=fills, now_ms=now_ms):
                opened.append(item.line_item_id)
        return opened
