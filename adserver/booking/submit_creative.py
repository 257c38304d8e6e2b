"""An advertiser hands in what is to be shown."""

import asyncio
import re
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import CampaignState, Creative, CreativeState
from adserver.booking.order import SPOT_LIMIT_MS, check_text
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.coupons.coupon import Coupon, CouponOrder, order_of
from adserver.ports import AdmitMedia, Announce, Campaigns
from adserver.serving.avail import Format
from kernel.clock import Clock, to_ms
from kernel.errors import Conflict, Invalid
from kernel.ids import NewId

CREATIVES_LIMIT = 20
CREATIVES_EVER_LIMIT = 200
"""Those that were withdrawn among them."""
TAG_LIMIT = 2_000
_TAG = re.compile(r"https?://[^/?#@]+([/?#]|$)")


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A film or sound by its finished upload or by somebody else's VAST tag; without either, a card of text.

    Args:
        headline, body: the card's text; beside a spot it stands on the screen while the spot plays.
        coupon: what whoever saves it is given; of a card alone.
    """

    headline: str
    body: str = ""
    upload_id: str = ""
    tag_url: str = ""
    coupon: CouponOrder | None = None


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
            Invalid: ``card-headline-missing``, ``card-text-too-long``, ``media-over-length``, ``media-…``,
                ``tag-url-malformed`` or ``tag-and-upload``; ``coupon-…`` (see :func:`order_of`), or
                ``coupon-not-on-card``.
            Conflict: ``campaign-state`` once the campaign has ended, ``creatives-too-many`` above 20, or
                above 200 with those that were withdrawn.
        """
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        check_text(submission.headline, submission.body)
        _check_tag(submission)
        coupon = self._ordered(submission)
        if campaign.state is CampaignState.ENDED:
            fix = "Book a new campaign."
            raise Conflict("campaign-state", "The campaign has ended and takes no more creatives.", fix=fix)
        standing = [one for one in campaign.creatives if one.state is not CreativeState.WITHDRAWN]
        if len(standing) >= CREATIVES_LIMIT:
            fix = "Book another campaign."
            raise Conflict(
                "creatives-too-many", f"A campaign has at most {CREATIVES_LIMIT} creatives.", fix=fix
            )
        if len(campaign.creatives) >= CREATIVES_EVER_LIMIT:
            detail = f"The campaign has had {CREATIVES_EVER_LIMIT} creatives."
            raise Conflict("creatives-too-many", detail, fix="Book another campaign.")
        asset_id = await self.take(submission.upload_id, owner=owner) if submission.upload_id else ""
        filmed = asset_id or submission.tag_url
        shown = CreativeState.APPROVED if self.auto_approve else CreativeState.REVIEW
        creative = Creative(
            creative_id=self.new_id("crv"),
            line_item_id=campaign.line_item.line_item_id,
            campaign_id=campaign_id,
            advertiser_id=campaign.advertiser_id,
            name=submission.headline.strip(),
            # What a film can be shown as is known once it is prepared.
            formats=frozenset() if filmed else frozenset({Format.CARD}),
            state=CreativeState.PREPARING if filmed else shown,
            headline=submission.headline.strip(),
            body=submission.body.strip(),
            created_ms=self.clock.now_ms(),
            asset_id=asset_id,
            tag_url=submission.tag_url,
            coupon=coupon.title if coupon else "",
            coupon_until_ms=to_ms(coupon.valid_until) if coupon else 0,
        )
        kept = (creative, _coupon(creative, coupon), coupon.codes) if coupon else (creative,)
        await asyncio.to_thread(self.campaigns.add_creative, *kept)
        await self.announce("demand")
        return creative

    def _ordered(self, submission: Submission) -> CouponOrder | None:
        if submission.coupon is None:
            return None
        if submission.upload_id or submission.tag_url:
            fix = "Add a card of its own for it."
            raise Invalid("coupon-not-on-card", "A film or sound carries no coupon.", fix=fix)
        return order_of(submission.coupon, self.clock.now_ms())

    async def take(self, upload_id: str, *, owner: str) -> str:
        """The asset of an upload, which is being prepared; taking it again takes nothing more.

        Raises:
            NotFound: no such upload of ``owner``.
            Invalid: ``media-over-length``, ``media-…``.
        """
        return (await self.admit(owner, upload_id, longest_ms=SPOT_LIMIT_MS)).asset_id


def _coupon(creative: Creative, order: CouponOrder) -> Coupon:
    return Coupon(
        coupon_id=creative.creative_id,
        line_item_id=creative.line_item_id,
        campaign_id=creative.campaign_id,
        advertiser_id=creative.advertiser_id,
        title=order.title,
        terms=order.terms,
        valid_until_ms=creative.coupon_until_ms,
        codes=order.limit,
        created_ms=creative.created_ms,
        shared_code=order.code,
        pooled=bool(order.codes),
    )


def _check_tag(submission: Submission) -> None:
    """Refuse a tag that nobody could ask; whether it leads anywhere is seen off the request's way."""
    url = submission.tag_url
    if not url:
        return
    if submission.upload_id:
        raise _refused(
            "tag-and-upload", "A creative is a film or a tag, and not both.", "Hand in one of the two."
        )
    if len(url) > TAG_LIMIT or not url.isprintable() or " " in url or not _TAG.match(url):
        fix = f"Give one that begins with https:// or http://, of at most {TAG_LIMIT} characters."
        raise _refused("tag-url-malformed", "That is no address of a tag.", fix)


def _refused(code: str, detail: str, fix: str) -> Invalid:
    return Invalid(code, detail, fix=fix, fields={"tag_url": f"{detail} {fix}"})
