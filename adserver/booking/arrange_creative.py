"""An advertiser says how often a creative is drawn, and where it stands in a sequence."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Creative, CreativeState
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Announce, Campaigns
from kernel.errors import Conflict, Invalid, NotFound

WEIGHTS = range(1, 101)
POSITIONS = range(100)


class Arrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A creative's weight (1 to 100) and position (0 to 99); what is None stays."""

    weight: int | None = None
    position: int | None = None


@dataclass(frozen=True)
class ArrangeCreative:
    """For what is decided from now on."""

    campaigns: Campaigns
    announce: Announce

    async def __call__(
        self, advertiser_id: str | None, campaign_id: str, creative_id: str, wanted: Arrangement
    ) -> Creative:
        """The creative as arranged.

        Raises:
            NotFound: ``campaign-unknown`` or ``creative-unknown``.
            Invalid: ``weight-out-of-range`` or ``position-out-of-range``.
            Conflict: ``creative-state`` if it was withdrawn, or has just changed.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        creative = next((one for one in campaign.creatives if one.creative_id == creative_id), None)
        if creative is None:
            raise NotFound("creative-unknown", "There is no such creative.", fix="Open it from the campaign.")
        changed = _arranged(creative, wanted)
        gone = creative.state is CreativeState.WITHDRAWN
        if gone or not await asyncio.to_thread(self.campaigns.replace_creative, changed, creative.state):
            fix = "Reload the page and try again."
            raise Conflict("creative-state", "The creative has just changed.", fix=fix)
        await self.announce("demand")
        return changed


def _arranged(creative: Creative, wanted: Arrangement) -> Creative:
    weight = creative.weight if wanted.weight is None else wanted.weight
    position = creative.position if wanted.position is None else wanted.position
    if weight not in WEIGHTS:
        fix = "Type a whole number from 1 to 100."
        raise Invalid("weight-out-of-range", "The weight is out of range.", fix=fix, fields={"weight": fix})
    if position not in POSITIONS:
        fix = "Type a whole number from 0 to 99."
        raise Invalid(
            "position-out-of-range", "The position is out of range.", fix=fix, fields={"position": fix}
        )
    return msgspec.structs.replace(creative, weight=weight, position=position)
