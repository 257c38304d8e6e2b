"""An advertiser changes a campaign that is booked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from adserver.billing.budget import Claim, Reservation, edit_claim
from adserver.booking.campaign import Approach, Campaign, CampaignState, LineItem, Priority, Rotation
from adserver.booking.cap import USUAL, FrequencyCap
from adserver.booking.exchange import Exchange
from adserver.booking.order import Fault, Order, check, check_areas, check_end, check_places, refuse
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.booking.room import check_room
from adserver.booking.targeting import Targeting, tidied
from adserver.booking.terms import Action, Goal, Pacing
from adserver.ports import Announce, Budgets, Campaigns
from geotarget.area_index import AreaIndex
from geotarget.spatial_index import PlaceIndex
from kernel.clock import Clock, from_ms, to_ms
from kernel.errors import Conflict


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is None stays.

    Args:
        revision: the campaign's when it was read: an edit of what changed meanwhile is refused.
        priority: operators alone may change it, which is for the caller to hold.
        cpm_micros, cpv_micros, cpa_micros: at most one, in place of the price that was; for what is decided
            from now on: what is already reserved keeps its price.
        caps: all of them; none for the usual.
    """

    revision: int
    name: str | None = None
    ends_at: datetime | None = None
    budget_micros: int | None = None
    cpm_micros: int | None = None
    radius_m: int | None = None
    place_ids: tuple[str, ...] | None = None
    area_ids: tuple[str, ...] | None = None
    approach: Approach | None = None
    markets: tuple[str, ...] | None = None
    targeting: Targeting | None = None
    rotation: Rotation | None = None
    cpv_micros: int | None = None
    cpa_micros: int | None = None
    action: Action | None = None
    goal: Goal | None = None
    pacing: Pacing | None = None
    priority: Priority | None = None
    caps: tuple[FrequencyCap, ...] | None = None
    campaign_caps: tuple[FrequencyCap, ...] | None = None


@dataclass(frozen=True)
class EditCampaign:
    """Checks an edit as a booking is checked, and keeps it with an audit line.

    Records are the truth on a budget, and counters follow them. Before the records lower one, the
    difference is claimed, so that nobody can reserve it meanwhile; where this dies half-way, the claim
    expires or reconciling settles it.
    """

    campaigns: Campaigns
    budgets: Budgets
    places: Callable[[], PlaceIndex]
    areas: Callable[[], AreaIndex]
    clock: Clock
    announce: Announce
    exchange: Exchange

    async def __call__(
        self, advertiser_id: str | None, campaign_id: str, edit: Edit, *, actor: str
    ) -> Campaign:
        """The campaign as edited.

        Raises:
            NotFound: ``campaign-unknown``.
            Invalid: see ``adserver.order.problems``; also ``place-unknown``, ``area-unknown`` and
                ``budget-below-spent``, ``priority-of-the-house``.
            Conflict: ``campaign-changed`` since it was read, ``campaign-state`` once it has ended;
                ``campaigns-too-many`` or ``places-booked-too-many`` where it takes more than it had.
        """
        before = await asyncio.to_thread(ReadCampaigns(self.campaigns).one, advertiser_id, campaign_id)
        if before.state is CampaignState.ENDED:
            fix = "Book a new campaign."
            raise Conflict("campaign-state", "The campaign has ended and cannot be changed.", fix=fix)
        if before.revision != edit.revision:
            raise _changed()
        if edit.ends_at is not None:
            check_end(edit.ends_at)
        if before.line_item.house and edit.priority not in {None, Priority.HOUSE}:
            fix = "Book a campaign of an advertiser instead."
            refuse(
                (Fault("priority-of-the-house", "priority", "The house's own promotions come last.", fix),)
            )
        after = edited(before, edit)
        item = before.line_item
        # What was agreed on before stays good, whatever rates say now.
        exchange = self.exchange.keeping(item.currency) if _repriced(item, after.line_item) else None
        check(_order(after), self.clock.now(), exchange, house=item.house)
        if edit.place_ids is not None:
            check_places(edit.place_ids, self.places())
        if edit.area_ids is not None:
            check_areas(edit.area_ids, self.areas())
        await self._check_room(item, after.line_item)
        held = await self._hold(before, after)
        if not await asyncio.to_thread(self.campaigns.edit, before, after, actor, self.clock.now_ms()):
            await self.budgets.release(held)
            raise _changed()
        if _counted(after.line_item) != _counted(before.line_item):
            await self.budgets.rebudget(after.line_item, after.revision)
        await self.announce("demand")
        return after

    async def _check_room(self, before: LineItem, after: LineItem) -> None:
        places, had = (len(item.place_ids) + len(item.area_ids) for item in (after, before))
        now_ms = self.clock.now_ms()
        if places > had or before.ends_ms <= now_ms:
            mine = before.advertiser_id, now_ms, before.campaign_id
            check_room(await asyncio.to_thread(self.campaigns.booked, *mine), places)

    async def _hold(self, before: Campaign, after: Campaign) -> list[Reservation]:
        """Claims what the budget loses, if it loses any."""
        item = before.line_item
        less = item.budget_micros - after.line_item.budget_micros
        if less <= 0:
            return []
        claim = Reservation(edit_claim(item.line_item_id, after.revision), item.line_item_id, less)
        (found,) = await self.budgets.reserve([claim], self.clock.now_ms())
        if found is Claim.NEW:
            return [claim]
        if found is Claim.HELD:
            raise _changed()
        fix = "Choose a budget that covers what is spent, and what is reserved for breaks and kept coupons."
        detail = "More of the budget is spent or reserved."
        refuse((Fault("budget-below-spent", "budget", detail, fix),))
        return []


def edited(campaign: Campaign, edit: Edit) -> Campaign:
    """The campaign with what ``edit`` names; its revision is the next."""
    item = campaign.line_item
    name = item.name if edit.name is None else " ".join(edit.name.split())
    changes = {
        "ends_ms": None if edit.ends_at is None else to_ms(edit.ends_at),
        "budget_micros": edit.budget_micros,
        **_prices(edit),
        "action": edit.action,
        "goal": edit.goal,
        "pacing": edit.pacing,
        "priority": edit.priority,
        "radius_m": edit.radius_m,
        "place_ids": None if edit.place_ids is None else tuple(dict.fromkeys(edit.place_ids)),
        "approach": edit.approach,
        "markets": None if edit.markets is None else tuple(dict.fromkeys(edit.markets)),
        "targeting": None if edit.targeting is None else tidied(edit.targeting),
        "rotation": edit.rotation,
        "area_ids": None if edit.area_ids is None else tuple(dict.fromkeys(edit.area_ids)),
        "caps": None if edit.caps is None else edit.caps or USUAL,
    }
    given = {field: value for field, value in changes.items() if value is not None}
    line_item = msgspec.structs.replace(item, name=name, **given)
    return msgspec.structs.replace(
        campaign,
        name=name,
        line_item=line_item,
        revision=campaign.revision + 1,
        caps=campaign.caps if edit.campaign_caps is None else edit.campaign_caps,
    )


def _counted(item: LineItem) -> tuple[int, int]:
    """What counters hold of what was booked."""
    return item.budget_micros, item.exact_goal


def _prices(edit: Edit) -> dict[str, int]:
    """All three, if one is given."""
    given = {"cpm_micros": edit.cpm_micros, "cpv_micros": edit.cpv_micros, "cpa_micros": edit.cpa_micros}
    if all(micros is None for micros in given.values()):
        return {}
    return {name: micros or 0 for name, micros in given.items()}


def _repriced(before: LineItem, after: LineItem) -> bool:
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("budget_micros", "cpm_micros", "cpv_micros", "cpa_micros")
    )


def _order(campaign: Campaign) -> Order:
    item = campaign.line_item
    return Order(
        name=campaign.name,
        starts_at=from_ms(item.starts_ms),
        ends_at=from_ms(item.ends_ms),
        budget_micros=item.budget_micros,
        cpm_micros=item.cpm_micros,
        radius_m=item.radius_m,
        place_ids=item.place_ids,
        area_ids=item.area_ids,
        approach=item.approach,
        currency=item.currency,
        caps=item.caps,
        campaign_caps=campaign.caps,
        exclusions=item.exclusions,
        markets=item.markets,
        targeting=item.targeting,
        rotation=item.rotation,
        cpv_micros=item.cpv_micros,
        cpa_micros=item.cpa_micros,
        action=item.action,
        goal=item.goal,
        pacing=item.pacing,
        priority=item.priority,
    )


def _changed() -> Conflict:
    fix = "Reload the page, look at what is there now, and change that."
    return Conflict("campaign-changed", "The campaign was changed meanwhile.", fix=fix)
