"""An advertiser books a campaign."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from adserver.campaign import Campaign, CampaignState, LineItem
from adserver.order import Fault, Order, check, refuse
from adserver.ports import Announce, Budgets, Campaigns
from geotarget.spatial_index import PlaceIndex
from kernel.clock import Clock, to_ms
from kernel.errors import Forbidden
from kernel.ids import NewId


@dataclass(frozen=True)
class BookCampaign:
    """Checks an order, keeps it and opens its budget. It serves once a creative is approved."""

    campaigns: Campaigns
    budgets: Budgets
    places: Callable[[], PlaceIndex]
    new_id: NewId
    clock: Clock
    announce: Announce

    async def __call__(self, advertiser_id: str, order: Order) -> Campaign:
        """The booked campaign.

        Raises:
            Invalid: see ``adserver.order.problems``; also ``place-unknown``.
            Forbidden: ``advertiser-missing`` for an account that belongs to no advertiser.
        """
        if await asyncio.to_thread(self.campaigns.advertiser, advertiser_id) is None:
            fix = "Sign in with an account of an advertiser."
            raise Forbidden("advertiser-missing", "This account belongs to no advertiser.", fix=fix)
        check(order, self.clock.now())
        self._check_places(order)
        campaign = self._campaign(advertiser_id, order)
        await asyncio.to_thread(self.campaigns.add, campaign)
        # A crash here leaves a campaign without counters, which serves nothing until
        # ReconcileBudgets opens them.
        await self.budgets.open(campaign.line_item, spent_micros=0, counted=(), now_ms=campaign.created_ms)
        await self.announce("demand")
        return campaign

    def _check_places(self, order: Order) -> None:
        places = self.places()
        unknown = [place_id for place_id in order.place_ids if places.get(place_id) is None]
        if unknown:
            detail = f"{len(unknown)} of the places are unknown, such as “{unknown[0][:40]}”."
            refuse((Fault("place-unknown", "place_ids", detail, "Choose places from the search."),))

    def _campaign(self, advertiser_id: str, order: Order) -> Campaign:
        campaign_id, name = self.new_id("cmp"), " ".join(order.name.split())
        item = LineItem(
            line_item_id=self.new_id("li"),
            campaign_id=campaign_id,
            advertiser_id=advertiser_id,
            name=name,
            starts_ms=to_ms(order.starts_at),
            ends_ms=to_ms(order.ends_at),
            budget_micros=order.budget_micros,
            cpm_micros=order.cpm_micros,
            currency=order.currency,
            radius_m=order.radius_m,
            place_ids=tuple(dict.fromkeys(order.place_ids)),
            category=order.category,
            priority=order.priority,
            cap=order.cap,
        )
        return Campaign(
            campaign_id=campaign_id,
            advertiser_id=advertiser_id,
            name=name,
            state=CampaignState.ACTIVE,
            created_ms=self.clock.now_ms(),
            line_item=item,
        )
