"""A line item with all that a decision needs to know of it."""

from collections.abc import Iterable

import msgspec

from adserver.booking.campaign import PRIORITY_RANK, CampaignState, Category, Creative, LineItem, Rotation
from adserver.booking.targeting import EVERYBODY, week_spans
from adserver.booking.terms import NOTHING, Delivered
from adserver.serving.avail import Format
from adserver.serving.frequency import (
    TURN,
    Caps,
    advertiser_counter,
    campaign_counter,
    counter,
    turn_counter,
)
from adserver.serving.lot import key_of
from adserver.serving.suitability import Spans
from adserver.serving.value import compared_micros
from kernel.money import MICROS_PER_UNIT

Counted = tuple[tuple[str, Caps], ...]
"""Names that an exposure is counted by, each with its caps."""


class Offer(msgspec.Struct, frozen=True):
    """A line item, its creatives, and what follows from them.

    Args:
        exhausted: its whole budget was already spent, or its goal reached, when the snapshot was made.
        advertiser_category: what its advertiser deals in.
        delivered: what it had had when the snapshot was made.
        campaign_caps, advertiser_caps: how often a car may be shown anything of those.
        rate_micros: what one of its currency is worth in the house's; 0 where there is no rate: then it
            comes after all others that are alike but for their price.
        key: what it draws lots by (derived).
        owner: its advertiser, as a number (derived).
        rank: of its priority, the first 0 (derived).
        located: it is shown at some places or in some areas only (derived).
        counted: what its exposures are counted by, each name with its caps: spots, and cards (derived).
        price_micros: what an impression, a view or an action costs (derived).
        value_micros: what a thousand showings are expected to bring, in the house's currency (derived).
        ready: those of its creatives that may be shown (derived).
        spots, cards: those that can be heard, and those that are cards, where those count (derived).
        competes: bits of the categories that it and its advertiser are of, ``other`` left out (derived).
        bars: bits of the categories that it does not share a pod with (derived).
        choosy: it asks for more than a place and dates (derived).
        fenced: it asks what a car did at its areas (derived).
        plain: it is active, has something to show, and asks for no more than a place and dates (derived).
        hours: when its dayparts are, in minutes of the week (derived).
    """

    line_item: LineItem
    state: CampaignState
    advertiser_name: str
    creatives: tuple[Creative, ...]
    exhausted: bool = False
    advertiser_category: Category = Category.OTHER
    delivered: Delivered = NOTHING
    campaign_caps: Caps = ()
    advertiser_caps: Caps = ()
    rate_micros: int = MICROS_PER_UNIT
    key: int = 0
    owner: int = 0
    rank: int = 0
    located: bool = False
    counted: tuple[Counted, Counted] = ((), ())
    price_micros: int = 0
    value_micros: int = 0
    ready: tuple[Creative, ...] = ()
    spots: tuple[Creative, ...] = ()
    cards: tuple[Creative, ...] = ()
    competes: int = 0
    bars: int = 0
    choosy: bool = False
    fenced: bool = False
    plain: bool = False
    hours: Spans = ()

    def __post_init__(self) -> None:
        competes = _bits((self.line_item.category, self.advertiser_category)) & ~_bits((Category.OTHER,))
        ready = tuple(creative for creative in self.creatives if creative.ready)
        cards = tuple(creative for creative in ready if Format.CARD in creative.formats)
        choosy, fenced = self.line_item.targeting != EVERYBODY, self.line_item.fenced
        active = self.state is CampaignState.ACTIVE
        derived = {
            "key": key_of(self.line_item.line_item_id),
            "owner": key_of(self.line_item.advertiser_id) >> 1 | 1,
            "rank": PRIORITY_RANK[self.line_item.priority],
            "located": self.line_item.located,
            "counted": (self._counted(card=False), self._counted(card=True)),
            "price_micros": self.line_item.price_micros,
            "value_micros": compared_micros(self.line_item, self.delivered, self.rate_micros),
            "ready": ready,
            "spots": tuple(creative for creative in ready if Format.AUDIO in creative.formats),
            "cards": () if self.line_item.films_only else cards,
            "competes": competes,
            "bars": competes | _bits(self.line_item.exclusions),
            "choosy": choosy,
            "fenced": fenced,
            "plain": bool(active and ready and not (choosy or fenced or self.line_item.markets)),
            "hours": week_spans(self.line_item.targeting.dayparts),
        }
        for name, value in derived.items():
            msgspec.structs.force_setattr(self, name, value)

    def _counted(self, *, card: bool) -> Counted:
        item = self.line_item
        found: list[tuple[str, Caps]] = [(counter(item.line_item_id, card=card), item.caps)]
        if self.campaign_caps:
            found.append((campaign_counter(item.campaign_id), self.campaign_caps))
        if self.advertiser_caps:
            found.append((advertiser_counter(item.advertiser_id), self.advertiser_caps))
        if item.rotation is Rotation.SEQUENCE:
            found.append((turn_counter(item.line_item_id, card=card), TURN))
        return tuple(found)

    @property
    def dormant(self) -> bool:
        """Whether it cannot serve before the next snapshot, wherever the car is."""
        return self.exhausted or not self.awake

    @property
    def awake(self) -> bool:
        """Whether it may serve, as far as nobody counts."""
        return self.state is CampaignState.ACTIVE and bool(self.ready)


def _bits(categories: Iterable[Category]) -> int:
    return sum(1 << _ORDER[category] for category in set(categories))


def first_of(bits: int) -> Category:
    """The first of the categories that bits of ``competes`` and ``bars`` stand for."""
    return _BY_BIT[bits & -bits]


_ORDER = {category: n for n, category in enumerate(Category)}
_BY_BIT = {1 << n: category for category, n in _ORDER.items()}
