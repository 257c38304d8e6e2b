"""An advertiser removes a campaign that was never shown."""

import asyncio
from dataclasses import dataclass

from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Announce, Budgets, Campaigns
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class RemoveCampaign:
    """Removes it with its creatives; what was shown, or is about to be, stays for ever."""

    campaigns: Campaigns
    budgets: Budgets
    clock: Clock
    announce: Announce

    async def __call__(self, advertiser_id: str | None, campaign_id: str, *, actor: str) -> None:
        """Nothing, once it is gone.

        Raises:
            NotFound: ``campaign-unknown``.
            Conflict: ``campaign-served`` if it was shown, or something of it is reserved.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        item, now_ms = campaign.line_item, self.clock.now_ms()
        # Without counters nothing more can be reserved.
        if not await self.budgets.close(item.line_item_id):
            raise _served()
        if not await asyncio.to_thread(self.campaigns.remove, campaign, actor, now_ms):
            await self.budgets.open(item, spent_micros=0, counted=(), now_ms=now_ms)
            raise _served()
        await self.announce("demand")


def _served() -> Conflict:
    fix = "End it instead: what was delivered stays in the books."
    return Conflict("campaign-served", "The campaign was shown, or is about to be.", fix=fix)
