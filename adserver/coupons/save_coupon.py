"""A driver keeps the coupon of a card that was shown."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.impression import EventKind, read_token, viewer_of
from adserver.billing.record_event import RecordEvent, Sent
from adserver.coupons.coupon import Coupon, SavedCoupon, expires_ms, holders_of, make_code, seal_showing
from adserver.coupons.ports import Coupons
from kernel.clock import Clock
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.ids import NewId
from kernel.sealing import Sealer


@dataclass(frozen=True)
class SaveCoupon:
    """Gives a vehicle a code, once: asked again, it is the same one.

    Args:
        sealer: of the beacons.
        holders: sealers of one key each, the newest first.
    """

    coupons: Coupons
    record_event: RecordEvent
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
            Conflict: ``coupon-expired`` or ``coupon-exhausted``.
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
        owed_to = seal_showing(self.sealer, beacon)
        saved = await asyncio.to_thread(self._save, coupon, vehicle_id, owed_to, now_ms)
        # Whatever becomes of the event, the code is the vehicle's.
        kind = EventKind.COUPON_SAVED.value
        await self.record_event.batch([Sent(token, kind, at_ms)], sent_at_ms)
        return saved

    def _save(self, coupon: Coupon, vehicle_id: str, owed_to: str, now_ms: int) -> SavedCoupon:
        holders = holders_of(self.holders, vehicle_id)
        found = self.coupons.held(coupon.coupon_id, holders)
        if found is not None:
            return found
        if coupon.valid_until_ms <= now_ms:
            raise Conflict("coupon-expired", "The coupon is over.")
        code = make_code(self.new_id("cod"))
        given = self.coupons.give(coupon, holders, code, owed_to, now_ms, expires_ms(coupon, now_ms))
        if given is None:
            raise Conflict("coupon-exhausted", "All codes of this coupon are given.")
        return given
