"""What came of a campaign."""

import asyncio
from dataclasses import dataclass

from adserver.budget import Balance
from adserver.campaign import Campaign
from adserver.ports import Budgets, Campaigns, Ledger
from adserver.read_campaigns import ReadCampaigns
from adserver.report import Report, by_day, why
from kernel.clock import Clock


@dataclass(frozen=True)
class ReadReport:
    """Reads as an advertiser, or as an operator (None)."""

    campaigns: Campaigns
    budgets: Budgets
    ledger: Ledger
    clock: Clock

    async def __call__(self, advertiser_id: str | None, campaign_id: str) -> Report:
        """Booked, reserved, spent, delivery by day, and why it is not serving.

        Raises:
            NotFound: ``campaign-unknown``, also for a campaign of another advertiser.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        return await self._report(campaign)

    async def all(self, advertiser_id: str | None) -> list[Report]:
        """The newest campaigns' reports."""
        campaigns = await asyncio.to_thread(ReadCampaigns(self.campaigns), advertiser_id)
        return [await self._report(campaign) for campaign in campaigns]

    async def _report(self, campaign: Campaign) -> Report:
        item = campaign.line_item
        balance = await self.budgets.balance(item.line_item_id)
        if balance is None:
            balance = Balance(item.budget_micros, 0, 0, 0)
        advertiser = await asyncio.to_thread(self.campaigns.advertiser, campaign.advertiser_id)
        counts = await asyncio.to_thread(self.ledger.counts, item.line_item_id)
        days = by_day(counts, advertiser.timezone if advertiser else "UTC")
        shown = sum(day.impressions + day.cards for day in days)
        spent_micros = sum(day.spent_micros for day in days)
        return Report(campaign, balance, spent_micros, days, why(campaign, balance, shown, self.clock.now()))
