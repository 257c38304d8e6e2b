"""What coupons ask of the world."""

from collections.abc import Sequence
from typing import Protocol

from adserver.coupons.coupon import Coupon, Redemption, SavedCoupon, Standing


class Coupons(Protocol):
    """Coupons and their codes; each method is one transaction. Who has a code is known by pseudonyms alone.

    A vehicle's ``holders`` are its pseudonyms, by every key of the house, the newest first.
    """

    def get(self, coupon_id: str) -> Coupon | None:
        """One coupon."""

    def held(self, coupon_id: str, holders: Sequence[str]) -> SavedCoupon | None:
        """The code that a vehicle has of it, which is in its wallet again."""

    def give(
        self,
        coupon: Coupon,
        holders: Sequence[str],
        code: str,
        owed_to: str,
        at_ms: int,
        expires_ms: int,
        *,
        paid: bool = False,
    ) -> SavedCoupon | None:
        """Give the next code (``code`` where the coupon has neither one for all nor its own), once a vehicle.

        None where all are given. Of one that is ``paid`` for once redeemed the counters are to be told.
        """

    def wallet(self, holders: Sequence[str], limit: int) -> list[SavedCoupon]:
        """What a vehicle has, the newest first."""

    def hide(self, coupon_id: str, holders: Sequence[str]) -> None:
        """Take a code out of a wallet."""

    def forget(self, holders: Sequence[str]) -> None:
        """Forget whose the codes of a vehicle are."""

    def expire(self, before_ms: int) -> int:
        """Forget whose the codes are that were over before then; how many."""

    def redeem(
        self, advertiser_id: str, folded: str, account_id: str, receipt: str, at_ms: int
    ) -> Redemption | None:
        """Redeem one of an advertiser's saved codes that are written so, each once.

        None where there is none.
        """

    def known_elsewhere(self, advertiser_id: str, folded: str) -> bool:
        """Whether another advertiser's code that was saved is written so."""

    def untold(self, now_ms: int, limit: int) -> list[SavedCoupon]:
        """Codes of which the counters are to be told by now, the longest due first."""

    def told(self, redeemed: Sequence[SavedCoupon]) -> None:
        """Their redemption was told, and their showing is forgotten."""

    def tell_at(self, saved: Sequence[SavedCoupon], at_ms: int) -> None:
        """Of these the counters are to be told then, or never (0), if nothing became of them since."""

    def tell_anew(self, line_item_ids: Sequence[str], now_ms: int) -> None:
        """The counters have lost what they knew of the standing codes of these line items."""

    def standings(self, campaign_id: str, now_ms: int) -> list[Standing]:
        """How each coupon of a campaign goes, the oldest first."""

    def saved(self, campaign_id: str, limit: int) -> list[SavedCoupon]:
        """The codes of a campaign that vehicles have, as they were saved."""


class Attempts(Protocol):
    """How often somebody has missed lately."""

    async def seen(self, key: str) -> int:
        """How often in the window."""

    async def count(self, key: str) -> int:
        """Once more; how often now."""
