"""An advertiser takes a creative off the air."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Creative, CreativeAction, move_creative
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Announce, Campaigns
from kernel.errors import Conflict, NotFound


@dataclass(frozen=True)
class WithdrawCreative:
    """To replace one: the new one is added, and once it is approved the old one is withdrawn."""

    campaigns: Campaigns
    announce: Announce

    async def __call__(self, advertiser_id: str | None, campaign_id: str, creative_id: str) -> Creative:
        """The creative, which is chosen no more.

        Raises:
            NotFound: ``campaign-unknown`` or ``creative-unknown``.
            Conflict: ``creative-state`` if it was withdrawn before, or has just changed.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        creative = next((one for one in campaign.creatives if one.creative_id == creative_id), None)
        if creative is None:
            raise NotFound("creative-unknown", "There is no such creative.", fix="Open it from the campaign.")
        after = move_creative(creative.state, CreativeAction.WITHDRAW)
        changed = msgspec.structs.replace(creative, state=after)
        if not await asyncio.to_thread(self.campaigns.replace_creative, changed, creative.state):
            raise Conflict(
                "creative-state", "The creative has just changed.", fix="Reload the page and try again."
            )
        await self.announce("demand")
        return changed
