"""What came of a campaign."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.budget import Balance
from adserver.billing.report import Day, Overview, Report, by_day, why
from adserver.booking.campaign import Campaign
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Budgets, Campaigns, Latest, Ledger
from kernel.clock import Clock


@dataclass(frozen=True)
class ReadReport:
    """Reads as an advertiser, or as an operator (None)."""

    campaigns: Campaigns
    budgets: Budgets
    ledger: Ledger
    clock: Clock
    latest: Latest

    async def __call__(self, advertiser_id: str | None, campaign_id: str) -> Report:
        """Booked, reserved, spent, delivery by day, and why it is not serving.

        Raises:
            NotFound: ``campaign-unknown``, also for a campaign of another advertiser.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        overview = (await self._overviews([campaign]))[0]
        return Report(overview, await asyncio.to_thread(self._days, campaign))

    async def newest(self, advertiser_id: str | None) -> list[Overview]:
        """The newest campaigns, without their days."""
        campaigns = await asyncio.to_thread(ReadCampaigns(self.campaigns), advertiser_id)
        return await self._overviews(campaigns)

    async def _overviews(self, campaigns: Sequence[Campaign]) -> list[Overview]:
        item_ids = [campaign.line_item.line_item_id for campaign in campaigns]
        balances = await self.budgets.balances(item_ids)
        totals = await asyncio.to_thread(self.ledger.totals, item_ids)
        said = await self.latest.read(item_ids)
        now, found = self.clock.now(), []
        for campaign in campaigns:
            item = campaign.line_item
            # Without counters nothing can be reserved; reconciling opens them.
            balance = balances.get(item.line_item_id, Balance(item.budget_micros, 0, 0, 0))
            shown, spent_micros = totals.get(item.line_item_id, (0, 0))
            reason = why(campaign, balance, shown, now, said.get(item.line_item_id, ""))
            found.append(Overview(campaign, balance, shown, spent_micros, reason))
        return found

    def _days(self, campaign: Campaign) -> tuple[Day, ...]:
        advertiser = self.campaigns.advertiser(campaign.advertiser_id)
        counts = self.ledger.counts(campaign.line_item.line_item_id)
        return by_day(counts, advertiser.timezone if advertiser else "UTC")
