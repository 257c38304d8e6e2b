"""Counters and ledger are compared, and lost counters rebuilt. Called on start and each minute."""

import asyncio
from dataclasses import dataclass

from adserver.budget import REMEMBERED_MS
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
        before = [await self.budgets.balance(item.line_item_id) for item in items]
        await PostLedger(self.budgets, self.ledger)()
        spent = await asyncio.to_thread(self.ledger.spent)
        counted = await asyncio.to_thread(self.ledger.counted_since, now_ms - REMEMBERED_MS)
        opened, unbalanced, differing = [], [], []
        for item, earlier in zip(items, before, strict=True):
            item_id, paid = item.line_item_id, spent.get(item.line_item_id, 0)
            fills = counted.get(item_id, ())
            if await self.budgets.open(item, spent_micros=paid, counted=fills, now_ms=now_ms):
                opened.append(item_id)
            now = await self.budgets.balance(item_id)
            if now is None or not now.balanced:
                unbalanced.append(item_id)
            # All that was counted before the posting is in the ledger, and the ledger is never ahead.
            elif not (earlier.spent_micros if earlier else 0) <= paid <= now.spent_micros:
                differing.append(item_id)
        return Reconciliation(tuple(opened), tuple(unbalanced), tuple(differing), released)
