"""What follows from a line item and its creatives is told once, when the snapshot is made."""

from datetime import UTC, datetime

import pytest

from adserver.booking.campaign import (
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
    Rotation,
)
from adserver.booking.cap import USUAL, FrequencyCap, Per
from adserver.booking.targeting import Targeting
from adserver.serving.avail import Format
from adserver.serving.offer import Offer, first_of
from kernel.clock import to_ms

NOW_MS = to_ms(datetime(2026, 6, 15, 10, tzinfo=UTC))
ITEM = LineItem("li", "cmp", "adv", "A", NOW_MS - 1, NOW_MS + 1, 10**9, 12_000_000, "EUR", 1_000, ("plc",))


def creative(name, *formats, state=CreativeState.APPROVED):
    asset_id, segments = ("", 0) if Format.CARD in formats else (f"ast_{name}", 8)
    return Creative(
        name, "li", "cmp", "adv", name, frozenset(formats), state, "Head", "", 0, asset_id, segments=segments
    )


FILM = creative("film", Format.VIDEO, Format.AUDIO)
SILENT = creative("silent", Format.VIDEO)
CARD = creative("card", Format.CARD)
WAITING = creative("waiting", Format.VIDEO, Format.AUDIO, state=CreativeState.REVIEW)


def offer(item=ITEM, state=CampaignState.ACTIVE, creatives=(FILM, SILENT, CARD, WAITING), **changes):
    return Offer(item, state, "Advertiser", creatives, **changes)


def replaced(**changes):
    return type(ITEM)(**{name: getattr(ITEM, name) for name in ITEM.__struct_fields__} | changes)


def test_spots_are_what_can_be_heard_and_cards_stand_apart():
    found = offer()
    assert found.ready == (FILM, SILENT, CARD)
    assert (found.spots, found.cards) == ((FILM,), (CARD,))
    spots, cards = found.counted
    assert (spots, cards) == ((("li:spot", USUAL),), (("li:card", USUAL),))
    assert (found.price_micros, found.rank, found.located) == (12_000, 1, True)
    assert offer(replaced(priority=Priority.SPONSORSHIP)).rank == 0


@pytest.mark.parametrize(
    "asking",
    [
        {"state": CampaignState.PAUSED},
        {"state": CampaignState.ENDED},
        {"creatives": (WAITING,)},
        {"item": replaced(markets=("DE",))},
        {"item": replaced(targeting=Targeting(languages=("de",)))},
    ],
)
def test_who_asks_for_more_than_a_place_and_dates_is_not_plain(asking):
    assert offer().plain
    assert not offer(**asking).plain


def test_what_its_exposures_are_counted_by_comes_with_its_caps():
    day, life = (FrequencyCap(9, 86_400),), (FrequencyCap(99, per=Per.LIFE),)
    sequence = replaced(caps=day, rotation=Rotation.SEQUENCE)
    spots, cards = offer(sequence, campaign_caps=life, advertiser_caps=day).counted
    both = ("cmp:campaign", life), ("adv:advertiser", day)
    assert spots == (("li:spot", day), *both, ("li:spot:turn", ()))
    assert cards == (("li:card", day), *both, ("li:card:turn", ()))


def test_what_it_is_of_and_bars_is_told_in_bits():
    found = offer(replaced(category=Category.FUEL, exclusions=(Category.HOTEL,)))
    assert first_of(found.competes) is Category.FUEL
    assert first_of(found.bars & ~found.competes) is Category.HOTEL
    assert offer(advertiser_category=Category.OTHER).competes == 0
