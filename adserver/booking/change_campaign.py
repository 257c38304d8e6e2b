"""An advertiser pauses, resumes or ends a campaign."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Campaign, CampaignAction, move_campaign
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Announce, Campaigns
from kernel.errors import Conflict


@dataclass(frozen=True)
class ChangeCampaign:
    """Moves a campaign along its table of states."""

    campaigns: Campaigns
    announce: Announce

    async def __call__(self, advertiser_id: str | None, campaign_id: str, action: CampaignAction) -> Campaign:
        """The campaign after ``action``.

        Raises:
            NotFound: ``campaign-unknown``.
            Conflict: ``campaign-state`` if it cannot take this step, or just took another.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        after = move_campaign(campaign.state, action)
        if not await asyncio.to_thread(self.campaigns.move, campaign_id, campaign.state, after):
            raise Conflict(
                "campaign-state", "The campaign has just changed.", fix="Reload the page and try again."
            )
        await self.announce("demand")
        return msgspec.structs.replace(campaign, state=after)
