"""A code is redeemed at a till: once, whoever else tries at the same moment."""

import asyncio
import logging
from dataclasses import dataclass

from adserver.coupons.coupon import RECEIPT_LIMIT, Outcome, Redemption, asked_code, over
from adserver.coupons.ports import Attempts, Coupons
from adserver.coupons.tell_counters import TellCounters
from kernel.clock import Clock
from kernel.errors import Forbidden, Invalid, NotFound, RoadcastError

MISSES_LIMIT = 20
"""How many codes an account may try in a quarter of an hour that are none of its own."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RedeemCoupon:
    """Redeems, and tells of it: what is redeemed is counted, and paid for where that was agreed.

    Args:
        attempts: of accounts, that codes cannot be found by trying.
    """

    coupons: Coupons
    tell: TellCounters
    attempts: Attempts
    clock: Clock

    async def __call__(
        self, advertiser_id: str, account_id: str, code: str, receipt: str = ""
    ) -> Redemption | None:
        """The code as it is redeemed now; None where the account has tried too many.

        Args:
            advertiser_id: whose coupon it must be.
            account_id: who redeems it.
            code: as it was typed.
            receipt: a number of the sale: the same again changes nothing. A code that many share needs one.

        Raises:
            Invalid: ``coupon-code-malformed``, ``receipt-missing`` or ``receipt-malformed``.
            NotFound: ``coupon-unknown``.
            Forbidden: ``coupon-of-other``.
            Conflict: ``coupon-redeemed`` (``fields`` say when) or ``coupon-expired``.
        """
        folded, receipt = asked_code(code), receipt.strip()
        if len(receipt) > RECEIPT_LIMIT or not receipt.isprintable():
            fix = f"Use at most {RECEIPT_LIMIT} characters."
            raise Invalid("receipt-malformed", "The receipt’s number is too long.", fix=fix)
        misses = f"redeem:{account_id}"
        if await self.attempts.seen(misses) >= MISSES_LIMIT:
            return None
        now_ms = self.clock.now_ms()
        try:
            found = await asyncio.to_thread(self._redeem, advertiser_id, folded, account_id, receipt, now_ms)
        except (NotFound, Forbidden):
            await self.attempts.count(misses)
            raise
        if found.outcome is Outcome.WON:
            try:
                await self.tell.of([found.saved])
            except Exception:
                # It is redeemed, and told when that can be done.
                _log.exception("a redemption is told later")
        return found

    def _redeem(
        self, advertiser_id: str, folded: str, account_id: str, receipt: str, now_ms: int
    ) -> Redemption:
        found = self.coupons.redeem(advertiser_id, folded, account_id, receipt, now_ms)
        if found is None:
            raise self._unknown(advertiser_id, folded)
        refused = _refusal(found, now_ms)
        if refused is not None:
            raise refused
        return found

    def _unknown(self, advertiser_id: str, folded: str) -> RoadcastError:
        if self.coupons.known_elsewhere(advertiser_id, folded):
            fix = "Send the customer to whoever the coupon names."
            return Forbidden("coupon-of-other", "The coupon is another advertiser’s.", fix=fix)
        fix = "Type the code as the screen shows it."
        return NotFound("coupon-unknown", "Nobody was given this code.", fix=fix)


def _refusal(found: Redemption, now_ms: int) -> RoadcastError | None:
    saved = found.saved
    match found.outcome:
        case Outcome.RECEIPT_MISSING:
            fix = "Type the number of the receipt, so that one sale counts once."
            return Invalid("receipt-missing", "Many have this code.", fix=fix, fields={"receipt": fix})
        case Outcome.REDEEMED | Outcome.EXPIRED:
            return over(saved, now_ms)
        case _:
            return None
