"""A driver keeps the coupon of a card that was shown."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.budget import RESERVATION_TTL_MS, Claim
from adserver.billing.impression import Beacon, EventKind, read_token, viewer_of
from adserver.billing.record_event import RecordEvent, Sent
from adserver.coupons.coupon import (
    Coupon,
    SavedCoupon,
    expires_ms,
    hold_of,
    holders_of,
    make_code,
    over,
    seal_showing,
)
from adserver.coupons.ports import Coupons
from adserver.coupons.tell_counters import TellCounters
from adserver.ports import Announce, Budgets
from kernel.clock import Clock
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.ids import NewId
from kernel.sealing import Sealer

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SaveCoupon:
    """Gives a vehicle a code, once: asked again, it is the same one, as long as that is good.

    Where its redemption is paid for, no code is given whose price could not be held until it is over.

    Args:
        sealer: of the beacons.
        holders: sealers of one key each, the newest first.
    """

    coupons: Coupons
    budgets: Budgets
    record_event: RecordEvent
    tell: TellCounters
    announce: Announce
    sealer: Sealer
    holders: Sequence[Sealer]
    clock: Clock
    new_id: NewId

    async def __call__(
        self, vehicle_id: str, token: str, at_ms: int | None = None, sent_at_ms: int | None = None
    ) -> SavedCoupon:
        """The code, and with it the event ``coupon-saved`` of the card whose beacon ``token`` is.

        Args:
            vehicle_id: whose screen showed the card.
            token: the card's beacon.
            at_ms: when it was saved, by the sender's clock, where that was kept for later.
            sent_at_ms: when that is sent, by the same clock.

        Raises:
            Forbidden: ``beacon-invalid``, ``beacon-expired`` or ``beacon-of-other``.
            NotFound: ``coupon-none``.
            Conflict: ``coupon-exhausted``, ``coupon-expired`` or ``coupon-redeemed``.
        """
        now_ms = self.clock.now_ms()
        beacon = read_token(self.sealer, token, now_ms)
        viewers = {viewer_of(one, vehicle_id, beacon.line_item_id) for one in self.holders}
        if beacon.viewer not in viewers:
            fix = "Save coupons of cards that this vehicle was shown."
            raise Forbidden("beacon-of-other", "The card was shown to another vehicle.", fix=fix)
        coupon = await asyncio.to_thread(self.coupons.get, beacon.creative_id)
        if coupon is None:
            raise NotFound("coupon-none", "This promotion has no coupon.")
        held = await asyncio.to_thread(
            self.coupons.held, coupon.coupon_id, holders_of(self.holders, vehicle_id)
        )
        saved = _good(held, now_ms) if held else await self._give(coupon, vehicle_id, beacon, now_ms)
        # Whatever becomes of the event, the code is the vehicle's.
        kind = EventKind.COUPON_SAVED.value
        await self.record_event.batch([Sent(token, kind, at_ms)], sent_at_ms)
        return saved

    async def _give(self, coupon: Coupon, vehicle_id: str, beacon: Beacon, now_ms: int) -> SavedCoupon:
        if coupon.valid_until_ms <= now_ms:
            raise Conflict("coupon-expired", "The coupon is over.")
        # Held for a while first: whoever dies before the code is given leaves nothing behind.
        hold = hold_of(beacon, now_ms + RESERVATION_TTL_MS)
        if hold is not None and (await self.budgets.hold([hold]))[0] is Claim.REFUSED:
            raise Conflict("coupon-exhausted", "The budget that pays for this coupon is used up.")
        given = await asyncio.to_thread(
            self.coupons.give,
            coupon,
            holders_of(self.holders, vehicle_id),
            make_code(self.new_id("cod")),
            seal_showing(self.sealer, beacon),
            now_ms,
            expires_ms(coupon, now_ms),
            paid=hold is not None,
        )
        if given is None or given.number == coupon.codes:
            # It was the last one: cards offer it no more.
            await self.announce("demand")
        if given is None:
            raise Conflict("coupon-exhausted", "All codes of this coupon are given.")
        if given.tell_ms:
            try:
                await self.tell.of([given])
            except Exception:
                # The code is the vehicle's; its price is held when that can be told.
                _log.exception("a coupon's price is held later")
        return given


def _good(saved: SavedCoupon, now_ms: int) -> SavedCoupon:
    """The code that the vehicle has.

    Raises:
        Conflict: ``coupon-redeemed`` or ``coupon-expired``, where there is nothing to be had for it any more.
    """
    if (refused := over(saved, now_ms)) is not None:
        raise refused
    return saved
