"""An operator gives back what an advertiser was charged."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.billing.credit import Credit, CreditKind, CreditWish, Refusal, check
from adserver.billing.post_ledger import PostLedger
from adserver.booking.campaign import Campaign, CampaignState
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.ports import Announce, Budgets, Campaigns, Credits, Ledger
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class GiveCredit:
    """Writes it with its posting and an audit line, all or nothing; a make-good raises the budget with it.

    Records come first, as with an edit: where this dies half-way, reconciling brings the counters up.
    """

    campaigns: Campaigns
    credits: Credits
    budgets: Budgets
    ledger: Ledger
    clock: Clock
    announce: Announce

    async def __call__(self, campaign_id: str, key: str, wish: CreditWish, *, actor: str) -> Credit:
        """The credit; the same key with the same wish gives the same one, and nothing a second time.

        Raises:
            NotFound: ``campaign-unknown``.
            Invalid: see :func:`adserver.billing.credit.check`.
            Conflict: ``credit-differs`` where the key was used for another, ``credit-exceeds-charges``,
                ``make-good-over`` where the campaign cannot deliver any more, ``campaign-changed``.
        """
        wish = check(wish, key)
        campaign = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, None, campaign_id)
        credit = self._credit(campaign, key, wish, actor)
        if (standing := await asyncio.to_thread(self.credits.find, campaign_id, key)) is not None:
            return _same(standing, credit)
        if credit.kind is CreditKind.MAKE_GOOD:
            self._can_deliver(campaign)
        # What was just delivered can be given back, too.
        await PostLedger(self.budgets, self.ledger)()
        after = _raised(campaign, wish) if credit.kind is CreditKind.MAKE_GOOD else campaign
        written = await asyncio.to_thread(self.credits.give, credit, campaign, after)
        if written is Refusal.EXCEEDS_CHARGES:
            fix = "Give back at most what was charged and not yet given back."
            detail = "More than the campaign was charged would be given back."
            raise Conflict("credit-exceeds-charges", detail, fix=fix, fields={"amount": fix})
        if written is Refusal.CAMPAIGN_CHANGED:
            raise Conflict("campaign-changed", "The campaign was changed meanwhile.", fix="Try again.")
        if after is not campaign:
            await self.budgets.rebudget(after.line_item, after.revision)
            await self.announce("demand")
        return _same(written, credit)

    def of(self, campaign_id: str) -> list[Credit]:
        """All that were given for a campaign, the newest first."""
        return self.credits.of(campaign_id)

    def _credit(self, campaign: Campaign, key: str, wish: CreditWish, actor: str) -> Credit:
        item = campaign.line_item
        return Credit(
            campaign_id=campaign.campaign_id,
            key=key,
            kind=wish.kind,
            line_item_id=item.line_item_id,
            advertiser_id=item.advertiser_id,
            amount_micros=wish.amount_micros,
            currency=item.currency,
            reason=wish.reason,
            actor=actor,
            at_ms=self.clock.now_ms(),
        )

    def _can_deliver(self, campaign: Campaign) -> None:
        if campaign.state is CampaignState.ENDED or self.clock.now() >= campaign.line_item.flight.end:
            detail = "The campaign is over: nothing can be delivered anew."
            raise Conflict("make-good-over", detail, fix="Refund it, or let the campaign end later.")


def _raised(campaign: Campaign, wish: CreditWish) -> Campaign:
    item = campaign.line_item
    item = msgspec.structs.replace(item, budget_micros=item.budget_micros + wish.amount_micros)
    return msgspec.structs.replace(campaign, line_item=item, revision=campaign.revision + 1)


def _same(standing: Credit, wanted: Credit) -> Credit:
    if standing.repeats(wanted):
        return standing
    fix = "Choose another key for another credit."
    raise Conflict("credit-differs", "This key was used for another credit.", fix=fix)
