"""What came of a campaign."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from adserver.billing.budget import Balance
from adserver.billing.pace import goal_of, pace_of, reach_of
from adserver.billing.report import DAYS_LIMIT, Count, Day, Overview, Report, by_day, funnel, limited, total
from adserver.billing.why import why
from adserver.booking.campaign import Campaign
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.booking.terms import NOTHING
from adserver.ports import Budgets, Campaigns, Ledger, Said
from adserver.serving.heard import ALL, day_of
from kernel.clock import Clock


@dataclass(frozen=True)
class ReadReport:
    """Reads as an advertiser, or as an operator (None)."""

    campaigns: Campaigns
    budgets: Budgets
    ledger: Ledger
    clock: Clock
    said: Said

    async def __call__(
        self,
        advertiser_id: str | None,
        campaign_id: str,
        first: date | None = None,
        last: date | None = None,
    ) -> Report:
        """Booked, reserved, spent, how far its spots came, delivery by day, and why it is not serving.

        Args:
            advertiser_id: whose it must be; None for an operator.
            campaign_id: which.
            first: the first day that is asked for, in the advertiser's timezone; None for the very first.
            last: the last one; None for today.

        Raises:
            NotFound: ``campaign-unknown``, also for a campaign of another advertiser.
            Invalid: ``days-reversed`` or ``days-too-many``.
        """
        return (await self.with_counts(advertiser_id, campaign_id, first, last))[0]

    async def with_counts(
        self,
        advertiser_id: str | None,
        campaign_id: str,
        first: date | None = None,
        last: date | None = None,
    ) -> tuple[Report, list[Count]]:
        """The report, and the ledger's counts that it was made from: who needs both reads them once.

        Raises:
            NotFound: as above.
            Invalid: as above.
        """
        limited(first, last)
        overview = await self.overview(advertiser_id, campaign_id)
        campaign = overview.campaign
        counts = await asyncio.to_thread(self.ledger.counts, campaign.line_item.line_item_id)
        days = [
            day
            for day in await asyncio.to_thread(self._days, campaign, counts)
            if (first or date.min) <= day.day <= (last or date.max)
        ]
        summed = total(days)
        vehicles = await self.budgets.reach(campaign.line_item.line_item_id)
        reach = reach_of(vehicles, overview.shown)
        return Report(overview, tuple(days[-DAYS_LIMIT:]), summed, funnel(summed), reach), counts

    async def overview(self, advertiser_id: str | None, campaign_id: str) -> Overview:
        """A campaign without its days.

        Raises:
            NotFound: as above.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        return (await self._overviews([campaign]))[0]

    async def newest(self, advertiser_id: str | None) -> list[Overview]:
        """The newest campaigns, without their days."""
        campaigns = await asyncio.to_thread(ReadCampaigns(self.campaigns), advertiser_id)
        return await self._overviews(campaigns)

    async def _overviews(self, campaigns: Sequence[Campaign]) -> list[Overview]:
        item_ids = [campaign.line_item.line_item_id for campaign in campaigns]
        balances = await self.budgets.balances(item_ids)
        totals = await asyncio.to_thread(self.ledger.delivered, item_ids)
        paces = await self.budgets.paces(item_ids)
        now, found = self.clock.now(), []
        said = await self.said.read([*item_ids, ALL], day_of(self.clock.now_ms()))
        for campaign in campaigns:
            item = campaign.line_item
            # Without counters nothing can be reserved; reconciling opens them.
            balance = balances.get(item.line_item_id, Balance(item.budget_micros, 0, 0, 0))
            had = totals.get(item.line_item_id, NOTHING)
            pace = pace_of(item, had, now, paces.get(item.line_item_id))
            mine = said[item.line_item_id]
            found.append(
                Overview(
                    campaign,
                    balance,
                    had.shown,
                    had.spent_micros,
                    why(campaign, balance, had, now, mine, said[ALL], pace),
                    pace,
                    mine,
                    had.of(item.goal.unit),
                    goal_of(item),
                )
            )
        return found

    def _days(self, campaign: Campaign, counts: Sequence[Count]) -> tuple[Day, ...]:
        advertiser = self.campaigns.advertiser(campaign.advertiser_id)
        unplayed = self.ledger.unplayed(campaign.line_item.line_item_id)
        return by_day(counts, unplayed, advertiser.timezone if advertiser else "UTC")
