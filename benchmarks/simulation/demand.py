"""What is booked: campaigns around places where cars drive, as large as the week before lets expect."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np

from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import (
    Approach,
    Campaign,
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
)
from adserver.booking.cap import FrequencyCap
from adserver.booking.terms import Pacing
from adserver.serving.avail import Format
from benchmarks.simulation.traffic import BEGINS, DAY_MS, Moment, Scale
from geotarget.place import Category as PlaceCategory
from geotarget.place import Place
from kernel.clock import to_ms

SPOT, CARD = frozenset({Format.VIDEO, Format.AUDIO}), frozenset({Format.CARD})
RADII_M = 2_000, 8_000
CAPS = ((2, 3_600), (3, 86_400), (6, 86_400), (10, 3 * 86_400))
CPM_EUR = 8, 40
PACINGS = {Pacing.EVEN: 8, Pacing.FRONT: 1, Pacing.FAST: 1}
BREAK_SEGMENTS, SPOT_SEGMENTS = 16, (4, 8)
MOST = 1 / 1.2
"""Which share of all that is in its reach one campaign books, at most; no more than is booked in all."""
KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Demand:
    """All of it."""

    advertisers: tuple[Advertiser, ...]
    campaigns: tuple[Campaign, ...]
    places: tuple[Place, ...]

    @property
    def items(self) -> list[LineItem]:
        """The line items that pay, and so have a goal."""
        return [one.line_item for one in self.campaigns if one.line_item.price_micros]

    def goal(self, item: LineItem) -> int:
        """How many impressions its budget buys."""
        return item.budget_micros // item.price_micros


class Reach:
    """Which moments a campaign could be shown at, were it alone: where, when, and in what form."""

    def __init__(self, moments: Sequence[Moment], places: Sequence[Place]) -> None:
        self.at_ms = np.array([one.at_ms for one in moments])
        self.car = np.array([one.car for one in moments])
        self.card = np.array([one.card for one in moments])
        self._latitude = np.array([one.latitude for one in moments])
        self._longitude = np.array([one.longitude for one in moments])
        self._places = {place.place_id: place for place in places}

    def of(self, campaign: Campaign) -> np.ndarray:
        """One bit for each moment."""
        item, at_ms = campaign.line_item, self.at_ms
        near = np.zeros(len(at_ms), bool)
        for place_id in item.place_ids:
            place = self._places[place_id]
            north = (self._latitude - place.latitude) * KM_PER_DEGREE
            east = (self._longitude - place.longitude) * KM_PER_DEGREE * np.cos(np.radians(place.latitude))
            near |= north * north + east * east <= (item.radius_m / 1000) ** 2
        forms = {one.is_card for one in campaign.creatives}
        fits = np.isin(self.card, list(forms))
        return near & fits & (at_ms >= item.starts_ms) & (at_ms < item.ends_ms)


def booked(scale: Scale, last_week: Sequence[Moment]) -> Demand:
    """Campaigns whose goals were forecast from the week before."""
    chance = random.Random(scale.seed + 1)
    wanted = [_campaign(chance, scale, n, last_week) for n in range(scale.campaigns)]
    places = tuple(place for _, found in wanted for place in found)
    reach = Reach(last_week, places)
    expected = [_expected(reach, campaign) for campaign, _ in wanted]
    room = sum(1 if one.card else BREAK_SEGMENTS // SPOT_SEGMENTS[1] for one in last_week)
    share = [chance.uniform(0.2, 1.0) * many for many in expected]
    paying = sum(one for one, (campaign, _) in zip(share, wanted, strict=True) if _pays(campaign))
    scaled = scale.booked * room / paying
    campaigns = [
        _with_budget(campaign, int(min(scaled * part, min(MOST, scale.booked) * many)))
        for part, many, (campaign, _) in zip(share, expected, wanted, strict=True)
    ]
    names = sorted({one.advertiser_id for one in campaigns})
    advertisers = tuple(Advertiser(name, f"Advertiser {name}", 1, category=Category.OTHER) for name in names)
    return Demand(advertisers, tuple(campaigns), places)


def _pays(campaign: Campaign) -> bool:
    return campaign.line_item.cpm_micros > 0


def _expected(reach: Reach, campaign: Campaign) -> int:
    """How often it could be shown in all, as far as its cap lets it."""
    seen = reach.of(campaign)
    cap = campaign.line_item.caps[0]
    windows = reach.at_ms[seen] // (cap.window_s * 1000)
    _, many = np.unique(np.stack([reach.car[seen], windows, reach.card[seen]]), axis=1, return_counts=True)
    ahead = 0.5 if campaign.line_item.approach.ahead else 1.0
    # A sliding window lets through less than the fixed ones that are counted here.
    return int(np.minimum(many, cap.count).sum() * ahead * 0.8)


def _campaign(
    chance: random.Random, scale: Scale, n: int, traffic: Sequence[Moment]
) -> tuple[Campaign, list[Place]]:
    ids = f"li_{n}", f"cmp_{n}", f"adv_{n % max(1, scale.campaigns * 3 // 4)}"
    places = [_place(chance, f"plc_{n}_{k}", chance.choice(traffic)) for k in range(chance.randint(1, 5))]
    begins_ms, ends_ms = to_ms(BEGINS), scale.ends_ms
    if scale.days >= 7 and chance.random() < 0.3:
        begins_ms += chance.choice((1, 2)) * DAY_MS
        ends_ms = begins_ms + int(timedelta(days=4) / timedelta(milliseconds=1))
    count, window_s = chance.choice(CAPS)
    draw = chance.random()
    priority = Priority.SPONSORSHIP if draw < 0.1 else Priority.HOUSE if draw > 0.95 else Priority.STANDARD
    item = LineItem(
        *ids, f"Campaign {n}", begins_ms, ends_ms, 0,
        0 if priority is Priority.HOUSE else chance.randint(*CPM_EUR) * 1_000_000, "EUR",
        scale.radius_m or chance.randint(*RADII_M), tuple(place.place_id for place in places),
        pacing=chance.choices(list(PACINGS), PACINGS.values())[0],
        category=chance.choice(list(Category)), priority=priority, caps=(FrequencyCap(count, window_s),),
        approach=Approach(ahead=chance.random() < 0.4, open_on_arrival=False, in_range=False),
    )  # fmt: skip
    forms = chance.choice(((True,), (False,), (False,), (True, False)))
    made = tuple(_creative(item, card, chance) for card in forms)
    return Campaign(
        item.campaign_id, item.advertiser_id, item.name, CampaignState.ACTIVE, n + 1, item, made
    ), places


def _place(chance: random.Random, place_id: str, near: Moment) -> Place:
    at = near.latitude + chance.gauss(0, 0.01), near.longitude + chance.gauss(0, 0.015)
    return Place(place_id, "week", place_id, f"Place {place_id}", "", PlaceCategory.DEALER, *at)


def _creative(item: LineItem, card: bool, chance: random.Random) -> Creative:
    return Creative(
        f"crv_{item.line_item_id}_{card:d}", item.line_item_id, item.campaign_id, item.advertiser_id,
        "Creative", CARD if card else SPOT, CreativeState.APPROVED, "Headline", "", 0,
        asset_id="" if card else "ast_1", segments=0 if card else chance.choice(SPOT_SEGMENTS),
    )  # fmt: skip


def _with_budget(campaign: Campaign, goal: int) -> Campaign:
    item = campaign.line_item
    budget = max(goal, 1) * item.price_micros if item.price_micros else 0
    return msgspec.structs.replace(campaign, line_item=msgspec.structs.replace(item, budget_micros=budget))
