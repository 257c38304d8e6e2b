"""What an advertiser reads of the coupons of a campaign."""

from dataclasses import dataclass

from adserver.booking.read_campaigns import ReadCampaigns
from adserver.coupons.coupon import SavedCoupon, Standing, as_csv
from adserver.coupons.ports import Coupons
from kernel.clock import Clock, from_ms, iso_z

EXPORTED_LIMIT = 100_000


@dataclass(frozen=True)
class ReadCoupons:
    """Nothing of it tells of vehicles: neither which, nor where."""

    read: ReadCampaigns
    coupons: Coupons
    clock: Clock

    def __call__(self, advertiser_id: str | None, campaign_id: str) -> list[Standing]:
        """How each coupon of a campaign goes, the oldest first.

        Raises:
            NotFound: ``campaign-unknown``.
        """
        self.read.one(advertiser_id, campaign_id)
        return self.coupons.standings(campaign_id, self.clock.now_ms())

    def export(self, advertiser_id: str | None, campaign_id: str) -> str:
        """Every code that was saved, as CSV.

        Raises:
            NotFound: ``campaign-unknown``.
        """
        self.read.one(advertiser_id, campaign_id)
        saved = self.coupons.saved(campaign_id, EXPORTED_LIMIT)
        return as_csv(saved, [_times(one) for one in saved])


def _times(one: SavedCoupon) -> tuple[str, str, str]:
    redeemed = iso_z(from_ms(one.redeemed_ms)) if one.redeemed_ms else ""
    return iso_z(from_ms(one.saved_ms)), iso_z(from_ms(one.expires_ms)), redeemed
