"""What is booked: a campaign, its line item, its creatives, and the states that they pass through."""

from datetime import datetime
from enum import StrEnum

import msgspec

from adserver.booking.cap import USUAL, FrequencyCap
from adserver.booking.targeting import EVERYBODY, Targeting
from adserver.booking.terms import Action, Goal, GoalUnit, Pacing, Pricing
from adserver.serving.avail import Format
from geotarget.fence import Fence
from kernel.clock import from_ms
from kernel.errors import Conflict
from kernel.money import cpm_to_micros
from kernel.span import Span


class CampaignState(StrEnum):
    """Whether a campaign may serve, as its advertiser wishes. Its dates and budget are judged apart."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class CampaignAction(StrEnum):
    """What an advertiser does to a campaign."""

    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


CAMPAIGN_MOVES: dict[tuple[CampaignState, CampaignAction], CampaignState] = {
    (CampaignState.ACTIVE, CampaignAction.PAUSE): CampaignState.PAUSED,
    (CampaignState.PAUSED, CampaignAction.RESUME): CampaignState.ACTIVE,
    (CampaignState.ACTIVE, CampaignAction.END): CampaignState.ENDED,
    (CampaignState.PAUSED, CampaignAction.END): CampaignState.ENDED,
}


class CreativeState(StrEnum):
    """Where a creative stands between its upload and the air. Only an approved one serves."""

    PREPARING = "preparing"
    REVIEW = "review"
    APPROVED = "approved"
    REJECTED = "rejected"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class CreativeAction(StrEnum):
    """What happens to a creative; ``ready`` and ``fail`` come from the preparation of its media."""

    READY = "ready"
    FAIL = "fail"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


CREATIVE_MOVES: dict[tuple[CreativeState, CreativeAction], CreativeState] = {
    (CreativeState.PREPARING, CreativeAction.READY): CreativeState.REVIEW,
    (CreativeState.PREPARING, CreativeAction.FAIL): CreativeState.FAILED,
    (CreativeState.REVIEW, CreativeAction.APPROVE): CreativeState.APPROVED,
    (CreativeState.REVIEW, CreativeAction.REJECT): CreativeState.REJECTED,
    (CreativeState.APPROVED, CreativeAction.REJECT): CreativeState.REJECTED,
    (CreativeState.REJECTED, CreativeAction.APPROVE): CreativeState.APPROVED,
    **{
        (state, CreativeAction.WITHDRAW): CreativeState.WITHDRAWN
        for state in CreativeState
        if state is not CreativeState.WITHDRAWN
    },
}


def move_campaign(state: CampaignState, action: CampaignAction) -> CampaignState:
    """The state after ``action``.

    Raises:
        Conflict: ``campaign-state`` where the table has no such move.
    """
    try:
        return CAMPAIGN_MOVES[state, action]
    except KeyError:
        detail = f"A campaign that is {state} cannot {action}."
        raise Conflict("campaign-state", detail, fix="Reload the page to see its present state.") from None


def move_creative(state: CreativeState, action: CreativeAction) -> CreativeState:
    """The state after ``action``.

    Raises:
        Conflict: ``creative-state`` where the table has no such move.
    """
    try:
        return CREATIVE_MOVES[state, action]
    except KeyError:
        detail = f"A creative in the state {state} cannot take the step “{action}”."
        raise Conflict("creative-state", detail, fix="Reload the page to see its present state.") from None


class Priority(StrEnum):
    """Who goes first: contracts, then what is sold by the impression, then the house's own."""

    SPONSORSHIP = "sponsorship"
    STANDARD = "standard"
    HOUSE = "house"


PRIORITY_RANK = {Priority.SPONSORSHIP: 0, Priority.STANDARD: 1, Priority.HOUSE: 2}


class Category(StrEnum):
    """What is advertised or dealt in; two of one category do not share a pod, ``other`` excepted."""

    AUTOMOTIVE = "automotive"
    FUEL = "fuel"
    CHARGING = "charging"
    HOTEL = "hotel"
    RESTAURANT = "restaurant"
    PARKING = "parking"
    RETAIL = "retail"
    INSURANCE = "insurance"
    OTHER = "other"


class Rotation(StrEnum):
    """Which of several creatives that could be shown is.

    Fit: the one that fills a break best, by weight among those that fill it alike. Weight: one is drawn,
    whatever its length. Sequence: the next in their order, for each car.
    """

    FIT = "fit"
    WEIGHT = "weight"
    SEQUENCE = "sequence"


FENCE_MIN = 10
"""Minutes."""


class Approach(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which of its places a car may be sent to; what is not known of a car or a place refuses nothing.

    And when a car is in its areas: for that it must have been seen to come, stay or leave.

    Args:
        ahead: not behind the car, nor driven by already, nor across a fast road.
        open_on_arrival: open when the car would come there, by the hours that the place tells.
        in_range: as far as the charge or the fuel lasts.
        detour_max_min: how many minutes a trip may take longer by way of it; 0 for any.
        fence: what of its areas: being in one, having come in, having stayed, or having left.
        fence_min: having come in or left no longer ago than so many minutes, or stayed at least as long.
    """

    ahead: bool = True
    open_on_arrival: bool = True
    in_range: bool = True
    detour_max_min: int = 0
    fence: Fence = Fence.INSIDE
    fence_min: int = FENCE_MIN


class LineItem(msgspec.Struct, frozen=True):
    """What is bought: when, where, for how much.

    Args:
        budget_micros: the most that may ever be spent.
        cpm_micros, cpv_micros, cpa_micros: the price of a thousand impressions, of a film played to its end,
            or of an action: one of them is not 0, or none of what is free.
        radius_m: how far around each of ``place_ids`` it is shown.
        place_ids: around which places it is shown.
        area_ids: in which areas it is shown, wherever its places are; with neither everywhere, which only
            the house's own is.
        timezone: IANA name of the zone that its times were told in; empty for its advertiser's.
        caps: how often one vehicle may be shown it: each holds; spots and cards are counted apart.
        exclusions: categories that it does not share a pod with, besides its own.
        markets: ISO 3166-1 countries where it is shown; empty for all of them.
        targeting: whom it is for, beyond where.
        rotation: which of its creatives is shown.
        action: what is paid for at a price of an action.
        goal: what ends it, besides its budget and its dates.
        pacing: how that is spread over its dates.
    """

    line_item_id: str
    campaign_id: str
    advertiser_id: str
    name: str
    starts_ms: int
    ends_ms: int
    budget_micros: int
    cpm_micros: int
    currency: str
    radius_m: int
    place_ids: tuple[str, ...]
    category: Category = Category.OTHER
    priority: Priority = Priority.STANDARD
    caps: tuple[FrequencyCap, ...] = USUAL
    timezone: str = ""
    exclusions: tuple[Category, ...] = ()
    markets: tuple[str, ...] = ()
    area_ids: tuple[str, ...] = ()
    approach: Approach = Approach()
    targeting: Targeting = EVERYBODY
    rotation: Rotation = Rotation.FIT
    cpv_micros: int = 0
    cpa_micros: int = 0
    action: Action = Action.TAP
    goal: Goal = Goal()
    pacing: Pacing = Pacing.EVEN

    @property
    def fenced(self) -> bool:
        """Whether it asks for more of its areas than that the car is in one."""
        return self.approach.fence is not Fence.INSIDE

    @property
    def located(self) -> bool:
        """Whether it is shown at some places or in some areas only."""
        return bool(self.place_ids or self.area_ids)

    @property
    def house(self) -> bool:
        """Whether the operator promotes itself: for nothing, after everybody, wherever the car is."""
        return self.priority is Priority.HOUSE and self.price_micros == 0

    @property
    def flight(self) -> Span:
        """[start, end) in UTC."""
        return Span(from_ms(self.starts_ms), from_ms(self.ends_ms))

    @property
    def price_micros(self) -> int:
        """What one impression, view or action costs."""
        return self.cpv_micros or self.cpa_micros or cpm_to_micros(self.cpm_micros)

    @property
    def pricing(self) -> Pricing:
        """What its price is of."""
        if self.cpv_micros:
            return Pricing.CPV
        return Pricing.CPA if self.cpa_micros else Pricing.CPM

    @property
    def films_only(self) -> bool:
        """Whether a card would be worth nothing: it is never played to its end."""
        return self.cpv_micros > 0 or self.goal.unit is GoalUnit.VIEWS

    @property
    def coupons_only(self) -> bool:
        """Whether what gives no coupon would be worth nothing: it is paid for by what is redeemed."""
        return self.cpa_micros > 0 and self.action is Action.REDEMPTION

    @property
    def exact_goal(self) -> int:
        """Its goal where what is counted is what is paid for: no more of that is ever reserved. Else 0."""
        paid = {Pricing.CPM: GoalUnit.IMPRESSIONS, Pricing.CPV: GoalUnit.VIEWS}.get(self.pricing)
        return self.goal.amount if self.goal.unit is paid and self.price_micros else 0


class Creative(msgspec.Struct, frozen=True):
    """What is shown.

    Args:
        formats: how it can be shown: a film with sound as video or audio, a silent one as video
            only, a card as a card only.
        asset_id: the conditioned media; empty for a card.
        segments: its length on the grid; 0 for a card and until the media is ready.
        headline, body: the text of the card, or of the card that stands beside the spot.
        reasons: why it failed or was rejected.
        tag_url: whose VAST tag it is made from; empty for what was uploaded.
        weight: how often it is drawn, against the others of its campaign.
        position: where it stands in a sequence; those that stand alike, as they were added.
        coupon: what the coupon of a card is called; empty where it has none.
        coupon_until_ms: when that is over.
        coupon_left: whether any of its codes can still be had.
    """

    creative_id: str
    line_item_id: str
    campaign_id: str
    advertiser_id: str
    name: str
    formats: frozenset[Format]
    state: CreativeState
    headline: str
    body: str
    created_ms: int
    asset_id: str = ""
    segments: int = 0
    duration_ms: int = 0
    reasons: tuple[str, ...] = ()
    tag_url: str = ""
    weight: int = 1
    position: int = 0
    coupon: str = ""
    coupon_until_ms: int = 0
    coupon_left: bool = True

    def gives_coupon(self, now_ms: int) -> bool:
        """Whether a coupon can be saved from it."""
        return bool(self.coupon) and self.coupon_left and now_ms < self.coupon_until_ms

    @property
    def is_card(self) -> bool:
        """Whether it has text only."""
        return not (self.asset_id or self.tag_url)

    @property
    def ready(self) -> bool:
        """Whether it may be shown: approved, and, unless it is a card, conditioned to the house's grid."""
        return self.state is CreativeState.APPROVED and (self.is_card or self.segments > 0)


class Campaign(msgspec.Struct, frozen=True):
    """A booking as a whole: for now with exactly one line item.

    Args:
        revision: rises with each edit; an edit names the one that it began from.
        caps: how often one vehicle may be shown anything of it, spots and cards together.
    """

    campaign_id: str
    advertiser_id: str
    name: str
    state: CampaignState
    created_ms: int
    line_item: LineItem
    creatives: tuple[Creative, ...] = ()
    revision: int = 1
    caps: tuple[FrequencyCap, ...] = ()

    def phase(self, now: datetime) -> str:
        """``scheduled``, ``running`` or ``over`` by its dates; ``paused`` or ``ended`` by its state."""
        if self.state is not CampaignState.ACTIVE:
            return self.state.value
        if now < self.line_item.flight.start:
            return "scheduled"
        return "running" if now in self.line_item.flight else "over"
