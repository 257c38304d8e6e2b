"""What coupons a vehicle has: listed and taken away on its owner's word, and forgotten by themselves."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.coupons.coupon import FORGOTTEN_MS, SavedCoupon, holders_of
from adserver.coupons.ports import Coupons
from kernel.clock import Clock
from kernel.sealing import Sealer

LISTED_LIMIT = 50


@dataclass(frozen=True)
class KeepWallet:
    """A vehicle is known here by a pseudonym of no other use.

    Args:
        holders: sealers of one key each, the newest first.
    """

    coupons: Coupons
    holders: Sequence[Sealer]
    clock: Clock

    async def all(self, vehicle_id: str) -> list[SavedCoupon]:
        """What it has, the newest first."""
        holders = holders_of(self.holders, vehicle_id)
        return await asyncio.to_thread(self.coupons.wallet, holders, LISTED_LIMIT)

    async def remove(self, vehicle_id: str, coupon_id: str) -> None:
        """Take one away; saved again, it is the same code."""
        await asyncio.to_thread(self.coupons.hide, coupon_id, holders_of(self.holders, vehicle_id))

    def forget(self, vehicle_id: str) -> None:
        """Nobody knows any more that the vehicle had any; its codes stay as good as they were."""
        self.coupons.forget(holders_of(self.holders, vehicle_id))

    async def expire(self) -> int:
        """Forget whose the codes were that are over for 30 days; how many."""
        return await asyncio.to_thread(self.coupons.expire, self.clock.now_ms() - FORGOTTEN_MS)
