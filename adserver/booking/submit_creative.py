"""An advertiser hands in what is to be shown."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import CampaignState, Creative, CreativeState
from adserver.booking.order import SPOT_LIMIT_MS, check_text
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import AdmitMedia, Announce, Campaigns
from adserver.serving.avail import Format
from kernel.clock import Clock
from kernel.errors import Conflict
from kernel.ids import NewId

CREATIVES_LIMIT = 20


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A film or sound by its finished upload, or, without one, a card of text only.

    Args:
        headline, body: the card's text; beside a spot it stands on the screen while the spot plays.
    """

    headline: str
    body: str = ""
    upload_id: str = ""


@dataclass(frozen=True)
class SubmitCreative:
    """Admits the media, if any, and adds a creative to a campaign.

    Args:
        auto_approve: whether what is ready serves without an operator's review.
    """

    campaigns: Campaigns
    admit: AdmitMedia
    new_id: NewId
    clock: Clock
    announce: Announce
    auto_approve: bool

    async def __call__(
        self, advertiser_id: str | None, campaign_id: str, submission: Submission, *, owner: str
    ) -> Creative:
        """The new creative. ``owner`` is the account that uploaded the media.

        Raises:
            NotFound: ``campaign-unknown``, or no such upload of ``owner``.
            Invalid: ``card-headline-missing``, ``card-text-too-long``, ``media-over-length``, ``media-…``.
            Conflict: ``campaign-state`` once the campaign has ended, ``creatives-too-many`` above 20.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        check_text(submission.headline, submission.body)
        if campaign.state is CampaignState.ENDED:
            fix = "Book a new campaign."
            raise Conflict("campaign-state", "The campaign has ended and takes no more creatives.", fix=fix)
        standing = [one for one in campaign.creatives if one.state is not CreativeState.WITHDRAWN]
        if len(standing) >= CREATIVES_LIMIT:
            fix = "Book another campaign."
            raise Conflict(
                "creatives-too-many", f"A campaign has at most {CREATIVES_LIMIT} creatives.", fix=fix
            )
        asset_id = await self.take(submission.upload_id, owner=owner) if submission.upload_id else ""
        shown = CreativeState.APPROVED if self.auto_approve else CreativeState.REVIEW
        creative = Creative(
            creative_id=self.new_id("crv"),
            line_item_id=campaign.line_item.line_item_id,
            campaign_id=campaign_id,
            advertiser_id=campaign.advertiser_id,
            name=submission.headline.strip(),
            # What a film can be shown as is known once it is prepared.
            formats=frozenset() if asset_id else frozenset({Format.CARD}),
            state=CreativeState.PREPARING if asset_id else shown,
            headline=submission.headline.strip(),
            body=submission.body.strip(),
            created_ms=self.clock.now_ms(),
            asset_id=asset_id,
        )
        await asyncio.to_thread(self.campaigns.add_creative, creative)
        await self.announce("demand")
        return creative

    async def take(self, upload_id: str, *, owner: str) -> str:
        """The asset of an upload, which is being prepared; taking it again takes nothing more.

        Raises:
            NotFound: no such upload of ``owner``.
            Invalid: ``media-over-length``, ``media-…``.
        """
        return (await self.admit(owner, upload_id, longest_ms=SPOT_LIMIT_MS)).asset_id
