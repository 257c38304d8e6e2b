"""What an advertiser has booked."""

from dataclasses import dataclass

from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, Creative, CreativeState
from adserver.ports import Campaigns
from kernel.errors import NotFound

LIST_LIMIT = 200


@dataclass(frozen=True)
class ReadCampaigns:
    """Reads as an advertiser, or as an operator (None), who sees every advertiser's."""

    campaigns: Campaigns

    def __call__(self, advertiser_id: str | None) -> list[Campaign]:
        """The newest 200 campaigns."""
        return self.campaigns.newest(advertiser_id, LIST_LIMIT)

    def one(self, advertiser_id: str | None, campaign_id: str) -> Campaign:
        """One campaign with its creatives.

        Raises:
            NotFound: ``campaign-unknown``, also for one of another advertiser.
        """
        campaign = self.campaigns.get(campaign_id, advertiser_id)
        if campaign is None:
            fix = "Open it from the list of campaigns."
            raise NotFound("campaign-unknown", "There is no such campaign.", fix=fix)
        return campaign

    def advertiser(self, advertiser_id: str) -> Advertiser | None:
        """Whom an account belongs to."""
        return self.campaigns.advertiser(advertiser_id)

    def to_review(self) -> list[Creative]:
        """The creatives that wait for an operator, oldest first."""
        return self.campaigns.creatives_in(CreativeState.REVIEW, LIST_LIMIT)
