"""What became of codes is told to the counters: that a price is to be held, that one was redeemed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.budget import Claim, Outcome
from adserver.billing.impression import Beacon, EventKind, Told
from adserver.coupons.coupon import HELD_AFTER_MS, SavedCoupon, hold_of, showing_of
from adserver.coupons.ports import Coupons
from adserver.ports import Budgets
from kernel.clock import Clock
from kernel.sealing import Sealer

AGAIN_AFTER_MS = 15 * 60_000
"""What no budget was left for is asked for again then: it may be raised, or something come back."""
_AT_ONCE = 200


@dataclass(frozen=True)
class TellCounters:
    """Tells of each once it is so, and again as long as nobody knows that it was told. It may be told twice.

    A code whose redemption is paid for holds its price from when it was given until it is over. What was
    redeemed is counted, and billed where that is paid for; where no budget is left for it, it stays owed.
    """

    coupons: Coupons
    budgets: Budgets
    sealer: Sealer
    clock: Clock

    async def __call__(self) -> int:
        """What nobody could tell at once; how many there were. Called every few seconds by the worker."""
        pending = await asyncio.to_thread(self.coupons.untold, self.clock.now_ms(), _AT_ONCE)
        await self.of(pending)
        return len(pending)

    async def of(self, saved: Sequence[SavedCoupon]) -> None:
        """What became of these."""
        showings = [(one, showing_of(self.sealer, one.owed_to)) for one in saved]
        await self._redeemed([(one, beacon) for one, beacon in showings if one.redeemed_ms])
        await self._saved([(one, beacon) for one, beacon in showings if not one.redeemed_ms])

    async def anew(self, line_item_ids: Sequence[str]) -> None:
        """The counters of these line items were lost: what they held for coupons is held again."""
        await asyncio.to_thread(self.coupons.tell_anew, line_item_ids, self.clock.now_ms())

    async def _redeemed(self, redeemed: Sequence[tuple[SavedCoupon, Beacon | None]]) -> None:
        # Of what no key opens any more nothing can be told.
        told = [one for one, beacon in redeemed if beacon is None]
        owing: list[SavedCoupon] = []
        known = [
            (one, Told(beacon, EventKind.REDEEMED, one.redeemed_ms)) for one, beacon in redeemed if beacon
        ]
        now_ms = self.clock.now_ms()
        outcomes = await self.budgets.record([event for _, event in known], now_ms) if known else []
        for (one, _), outcome in zip(known, outcomes, strict=True):
            (owing if outcome is Outcome.UNBILLED else told).append(one)
        await asyncio.to_thread(self.coupons.told, told)
        await asyncio.to_thread(self.coupons.tell_at, owing, now_ms + AGAIN_AFTER_MS)

    async def _saved(self, saved: Sequence[tuple[SavedCoupon, Beacon | None]]) -> None:
        now_ms = self.clock.now_ms()
        holds = [
            (one, hold)
            for one, beacon in saved
            if beacon
            and one.expires_ms > now_ms
            and (hold := hold_of(beacon, one.expires_ms + HELD_AFTER_MS))
        ]
        claims = await self.budgets.hold([hold for _, hold in holds]) if holds else []
        owing = [one for (one, _), claim in zip(holds, claims, strict=True) if claim is Claim.REFUSED]
        held = [one for one, _ in saved if one not in owing]
        await asyncio.to_thread(self.coupons.tell_at, held, 0)
        await asyncio.to_thread(self.coupons.tell_at, owing, now_ms + AGAIN_AFTER_MS)
