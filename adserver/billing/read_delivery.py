"""What was delivered of a campaign, by day, hour, place or creative."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from adserver.billing.delivery import By, Delivery, Slice, Wish, added, bounds_ms, by_key, by_time, fold, page
from adserver.billing.delivery import check as check_wish
from adserver.billing.pace import goal_of
from adserver.billing.report import Count
from adserver.booking.campaign import Campaign
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Campaigns, Ledger
from geotarget.spatial_index import PlaceIndex


@dataclass(frozen=True)
class ReadDelivery:
    """Reads as an advertiser, or as an operator (None)."""

    campaigns: Campaigns
    ledger: Ledger
    places: Callable[[], PlaceIndex]

    def __call__(self, advertiser_id: str | None, campaign_id: str, wish: Wish) -> Delivery:
        """One page.

        Raises:
            NotFound: ``campaign-unknown``, also for a campaign of another advertiser.
            Invalid: see :func:`adserver.billing.delivery.check`, and ``cursor-unknown``.
        """
        whole = self.whole(advertiser_id, campaign_id, wish)
        slices, following = page(whole.slices, wish)
        return msgspec.structs.replace(whole, slices=slices, next=following)

    def whole(
        self,
        advertiser_id: str | None,
        campaign_id: str,
        wish: Wish,
        counts: Sequence[Count] | None = None,
    ) -> Delivery:
        """All of it: as many slices as the campaign has hours or places at most.

        Args:
            advertiser_id: whose it must be; None for an operator.
            campaign_id: which.
            wish: what is asked for.
            counts: the ledger's, where they were just read.

        Raises:
            NotFound: as above.
            Invalid: as above.
        """
        check_wish(wish)
        campaign = ReadCampaigns(self.campaigns).one(advertiser_id, campaign_id)
        name = wish.zone or self._zone(campaign)
        slices = self._slices(campaign, wish, ZoneInfo(name), counts)
        item = campaign.line_item
        return Delivery(
            by=wish.by,
            timezone=name,
            currency=item.currency,
            total=added(slices),
            slices=tuple(slices),
            goal_unit=item.goal.unit,
            goal=goal_of(item),
        )

    def _zone(self, campaign: Campaign) -> str:
        advertiser = self.campaigns.advertiser(campaign.advertiser_id)
        return campaign.line_item.timezone or (advertiser.timezone if advertiser else "UTC")

    def _slices(
        self, campaign: Campaign, wish: Wish, zone: ZoneInfo, counts: Sequence[Count] | None
    ) -> list[Slice]:
        item_id = campaign.line_item.line_item_id
        if wish.by in {By.DAY, By.HOUR}:
            return by_time(self.ledger.counts(item_id) if counts is None else counts, wish, zone)
        tallies = self.ledger.tallies(item_id, wish.by, *bounds_ms(wish, zone))
        if wish.by is By.CREATIVE:
            names = {one.creative_id: one.name for one in campaign.creatives}
            return by_key(tallies, lambda key: names.get(key, ""))
        index = self.places()
        return fold(by_key(tallies, lambda key: place.name if (place := index.get(key)) else ""))
