"""An advertiser books a campaign."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, LineItem, Priority
from adserver.booking.exchange import Exchange
from adserver.booking.order import Order, check, check_areas, check_places
from adserver.booking.room import check_room
from adserver.booking.targeting import tidied
from adserver.ports import Announce, Budgets, Campaigns
from geotarget.area_index import AreaIndex
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
    areas: Callable[[], AreaIndex]
    new_id: NewId
    clock: Clock
    announce: Announce
    exchange: Exchange

    async def __call__(self, advertiser_id: str, order: Order) -> Campaign:
        """The booked campaign.

        Raises:
            Invalid: see ``adserver.order.problems``; also ``place-unknown``, ``area-unknown``.
            Conflict: ``campaigns-too-many`` or ``places-booked-too-many``; of what is booked at once
                some may pass.
            Forbidden: ``advertiser-missing`` for an account that belongs to no advertiser.
        """
        campaign = self._campaign(await self.check(advertiser_id, order), order)
        await asyncio.to_thread(self.campaigns.add, campaign)
        # A crash here leaves a campaign without counters, which serves nothing until
        # ReconcileBudgets opens them.
        await self.budgets.open(campaign.line_item, spent_micros=0, counted=(), now_ms=campaign.created_ms)
        await self.announce("demand")
        return campaign

    async def check(self, advertiser_id: str, order: Order) -> Advertiser:
        """Whose order it is; raises what booking it would raise, and keeps nothing."""
        advertiser = await asyncio.to_thread(self.campaigns.advertiser, advertiser_id)
        if advertiser is None:
            fix = "Sign in with an account of an advertiser."
            raise Forbidden("advertiser-missing", "This account belongs to no advertiser.", fix=fix)
        check(order, self.clock.now(), self.exchange, house=advertiser.house)
        check_places(order.place_ids, self.places())
        check_areas(order.area_ids, self.areas())
        booked = await asyncio.to_thread(self.campaigns.booked, advertiser_id, self.clock.now_ms())
        check_room(booked, len(order.place_ids) + len(order.area_ids))
        return advertiser

    def _campaign(self, advertiser: Advertiser, order: Order) -> Campaign:
        advertiser_id = advertiser.advertiser_id
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
            priority=Priority.HOUSE if advertiser.house else order.priority,
            caps=order.line_item_caps,
            timezone=order.timezone or advertiser.timezone,
            exclusions=tuple(dict.fromkeys(order.exclusions)),
            markets=tuple(dict.fromkeys(order.markets)),
            area_ids=tuple(dict.fromkeys(order.area_ids)),
            approach=order.approach,
            targeting=tidied(order.targeting),
            rotation=order.rotation,
            cpv_micros=order.cpv_micros,
            cpa_micros=order.cpa_micros,
            action=order.action,
            goal=order.goal,
            pacing=order.pacing,
        )
        return Campaign(
            campaign_id=campaign_id,
            advertiser_id=advertiser_id,
            name=name,
            state=CampaignState.ACTIVE,
            created_ms=self.clock.now_ms(),
            line_item=item,
            caps=order.campaign_caps,
        )
