"""All that is booked becomes one snapshot that decisions are made from."""

from collections.abc import Callable
from dataclasses import dataclass

from adserver.booking.exchange import Exchange
from adserver.booking.terms import NOTHING
from adserver.ports import Campaigns, Ledger
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from geotarget.area_index import AreaIndex
from geotarget.spatial_index import PlaceIndex
from kernel.clock import Clock


@dataclass(frozen=True)
class LoadDemand:
    """Builds the snapshot of topic ``demand``; to be built anew also when ``places`` or ``areas`` change."""

    campaigns: Campaigns
    ledger: Ledger
    places: Callable[[], PlaceIndex]
    areas: Callable[[], AreaIndex]
    clock: Clock
    exchange: Exchange

    def __call__(self) -> DemandIndex:
        """What is booked now and not over."""
        places, delivered = self.places(), self.ledger.delivered()
        offers, known = [], {}
        now_ms = self.clock.now_ms()
        for campaign, advertiser in self.campaigns.bookable(now_ms):
            item, creatives = campaign.line_item, campaign.creatives
            if item.coupons_only:
                creatives = tuple(creative for creative in creatives if creative.gives_coupon(now_ms))
            had = delivered.get(item.line_item_id, NOTHING)
            reached = item.goal.amount > 0 and had.of(item.goal.unit) >= item.goal.amount
            offers.append(
                Offer(
                    item,
                    campaign.state,
                    advertiser.name,
                    creatives,
                    exhausted=reached or item.budget_micros - had.spent_micros < item.price_micros,
                    advertiser_category=advertiser.category,
                    delivered=had,
                    campaign_caps=campaign.caps,
                    advertiser_caps=advertiser.caps,
                    rate_micros=self.exchange.rate_micros(item.currency),
                )
            )
            for place_id in item.place_ids:
                if place_id not in known and (place := places.get(place_id)):
                    known[place_id] = place
        return DemandIndex(offers, known, self.areas())
