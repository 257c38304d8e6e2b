"""All that is booked becomes one snapshot that decisions are made from."""

from collections.abc import Callable
from dataclasses import dataclass

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

    def __call__(self) -> DemandIndex:
        """What is booked now and not over."""
        places, spent = self.places(), self.ledger.spent()
        offers, known = [], {}
        for campaign, advertiser in self.campaigns.bookable(self.clock.now_ms()):
            item = campaign.line_item
            left = item.budget_micros - spent.get(item.line_item_id, 0)
            offers.append(
                Offer(
                    item,
                    campaign.state,
                    advertiser.name,
                    campaign.creatives,
                    exhausted=left < item.price_micros,
                    advertiser_category=advertiser.category,
                )
            )
            for place_id in item.place_ids:
                if place_id not in known and (place := places.get(place_id)):
                    known[place_id] = place
        return DemandIndex(offers, known, self.areas())
