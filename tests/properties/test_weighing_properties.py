"""What columns know beforehand is what the checklist would have said; a decision repeats itself."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.billing.budget import Standing
from adserver.booking.campaign import (
    Approach,
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
    Rotation,
)
from adserver.booking.targeting import Targeting
from adserver.booking.terms import Goal, GoalUnit
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.decision import fill
from adserver.serving.demand import CANDIDATE_LIMIT, PLACELESS_LIMIT, DemandIndex
from adserver.serving.frequency import counter
from adserver.serving.offer import Offer
from adserver.serving.trace import Trace, replay, trace_of
from geotarget.area import Disc, make_area
from geotarget.area_index import AreaIndex
from geotarget.course import Course
from geotarget.fence import Fence, State, Stay
from geotarget.place import Category as PlaceCategory
from geotarget.place import Place
from kernel.clock import to_ms

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NOW_MS = to_ms(NOW)
HERE = Location(48.0, -1.0)
SPOT, SILENT, CARD = (
    frozenset({Format.VIDEO, Format.AUDIO}),
    frozenset({Format.VIDEO}),
    frozenset({Format.CARD}),
)
TOWN = make_area("t", "1", "Town", Disc(48.0, -1.0, 3_000))
HOURS = ("", "Mo-Su 00:00-24:00", "Sa 10:00-12:00", "whenever")


def place(n: int, chance: random.Random) -> Place:
    """Some of them lie on the same spot."""
    north, east = chance.choice([0, 0.004, 0.02, -0.02, 0.04]), chance.choice([0, 0.02, -0.03])
    hours = chance.choice(HOURS)
    attributes = {"opening_hours": hours} if hours else {}
    return Place(
        f"p{n}", "t", str(n), f"P{n}", "", PlaceCategory.DEALER, 48 + north, east - 1, attributes=attributes
    )


def creative(n: int, k: int, chance: random.Random) -> Creative:
    formats = chance.choice([SPOT, SPOT, SPOT, SILENT, CARD])
    film = formats is not CARD
    return Creative(
        f"crv_{n}_{k}", f"li_{n}", "cmp", "adv", "S", formats,
        chance.choice([CreativeState.APPROVED] * 5 + [CreativeState.REJECTED]), "H", "", k,
        asset_id="ast" if film else "", segments=chance.randint(3, 18) if film else 0, position=k,
    )  # fmt: skip


def approach(chance: random.Random) -> Approach:
    return Approach(
        ahead=chance.random() < 0.9,
        open_on_arrival=chance.random() < 0.5,
        in_range=chance.random() < 0.5,
        detour_max_min=chance.choice([0, 0, 0, 3]),
        fence=chance.choice([Fence.INSIDE] * 5 + [Fence.ENTER]),
    )


def offer(n: int, chance: random.Random) -> Offer:
    """Most ask for little, and each asks for something now and then."""
    some = [f"p{chance.randrange(12)}" for _ in range(chance.choice([1, 1, 2, 5]))]
    item = LineItem(
        f"li_{n}", f"cmp_{n % 30}", f"adv_{chance.randrange(20)}", f"n{n}",
        NOW_MS + chance.choice([-10, -10, -10, 0, 5]), NOW_MS + chance.choice([10**9, 10**9, 60_000, 1]),
        10**9, chance.choice([0, 5_000_000, 5_000_000, 90_000_000]), "EUR",
        chance.choice([1_000, 5_000, 20_000]), chance.choice([tuple(some)] * 4 + [()]),
        category=chance.choice(list(Category)[:4]),
        priority=chance.choice([Priority.STANDARD] * 4 + [Priority.SPONSORSHIP, Priority.HOUSE]),
        exclusions=chance.choice([(), (), (Category.FUEL,)]),
        markets=chance.choice([()] * 5 + [("FR",), ("DE",)]),
        area_ids=chance.choice([()] * 5 + [(TOWN.area_id,)]),
        approach=approach(chance),
        targeting=Targeting(languages=chance.choice([()] * 4 + [("fr",), ("de",)])),
        rotation=chance.choice(list(Rotation)),
        goal=chance.choice([Goal(), Goal(GoalUnit.IMPRESSIONS, 10), Goal(GoalUnit.VIEWS, 10)]),
    )  # fmt: skip
    made = tuple(creative(n, k, chance) for k in range(chance.choice([1, 1, 1, 1, 2, 3])))
    state = chance.choice([CampaignState.ACTIVE] * 8 + [CampaignState.PAUSED])
    return Offer(item, state, f"A{n}", made, advertiser_category=chance.choice(list(Category)[:3]))


def world(chance: random.Random) -> DemandIndex:
    """Anything from nothing to more than is weighed."""
    offers = [offer(n, chance) for n in range(chance.choice([0, 3, 20, 60, 120]))]
    index = DemandIndex(offers, {f"p{n}": place(n, chance) for n in range(11)}, AreaIndex([TOWN]))
    ids = [one.line_item.line_item_id for one in offers]
    told = Standing(
        {one: chance.choice([10**9, 10**9, 10**9, 4_999, 0]) for one in ids if chance.random() < 0.95},
        {one: chance.choice([1, 10]) for one in ids if chance.random() < 0.2},
        {one: chance.choice([0, 300_000]) for one in ids if chance.random() < 0.3},
    )
    index.standings.take(index.standings.items, told)
    return index


def avail(chance: random.Random) -> Avail:
    card = chance.random() < 0.3
    stays = (Stay(TOWN.area_id, State.ENTERED, NOW_MS - 1_000, NOW_MS),)
    return Avail(
        "a", "car", 0 if card else chance.choice([4, 16, 40]),
        CARD if card else chance.choice([SPOT, frozenset({Format.AUDIO})]), NOW,
        chance.choice([HERE, HERE, HERE, None]),
        market=chance.choice(["FR", "FR", "DE", ""]), language=chance.choice(["fr", "de", ""]),
        expected_at=chance.choice([None, None, NOW + timedelta(minutes=2)]),
        course=chance.choice([None, None, Course(0.0), Course(180.0)]),
        range_m=chance.choice([None, None, 3_000]), ads_limit=chance.choice([16, 16, 2]),
        zones=("Europe/Paris",), stays=chance.choice([(), stays]),
    )  # fmt: skip


@settings(max_examples=80)
@given(seed=st.integers(0, 2**32), roll=st.floats(0, 1, exclude_max=True))
def test_what_is_known_beforehand_is_what_would_have_been_said(seed, roll):
    chance = random.Random(seed)
    index, asked = world(chance), avail(chance)
    full = {f"li_{n}" for n in range(120) if chance.random() < 0.1}
    known = {one for one in full if chance.random() < 0.7}
    found = index.weigh(asked.location, NOW_MS, asked.course, asked, roll, known)
    usage = index.standings.usage(found.rows)
    names = {counter(one, card=asked.segments == 0): "3 of 3" for one in full}
    usage = msgspec.structs.replace(usage, full=chance.choice([{}, names]))
    assert len(found.entries) == len(found.candidates)
    shuffled = chance.sample(found.candidates, len(found.candidates))
    decision = fill(asked, found.candidates, usage, roll, found.entries)
    assert decision == fill(asked, found.candidates, usage, roll)
    assert decision == fill(asked, shuffled, usage, roll), (
        "the order in which candidates come must not matter"
    )
    kept = msgspec.msgpack.encode(trace_of(asked, tuple(found.candidates), usage, roll, decision, 1))
    replayed = replay(msgspec.msgpack.decode(kept, type=Trace))
    assert (replayed.same, replayed.changes) == (True, ())


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), roll=st.floats(0, 1, exclude_max=True))
def test_nobody_is_cut_off_for_one_who_cannot_serve(seed, roll):
    """As many of those that are weighed can serve as of all that reach the car, up to the limits."""
    chance = random.Random(seed)
    index, asked = world(chance), avail(chance)
    with pytest.MonkeyPatch.context() as patch:
        weighed = able(index, asked, roll)
        patch.setattr("adserver.serving.demand.CANDIDATE_LIMIT", 1_000)
        patch.setattr("adserver.serving.demand.PLACELESS_LIMIT", 1_000)
        everybody = able(index, asked, roll)
    assert weighed[True] == min(CANDIDATE_LIMIT, everybody[True])
    assert weighed[False] == min(PLACELESS_LIMIT, everybody[False])


def able(index, asked, roll):
    """How many of those that are weighed the checklist lets serve, with a place and without."""
    found = index.weigh(asked.location, NOW_MS, asked.course, asked, roll)
    usage = index.standings.usage(found.rows)
    return Counter(
        one.offer.line_item.located for one in found.candidates if fill(asked, [one], usage, roll).fills
    )


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_most_of_it_is_known_beforehand(seed):
    """Of those that are chosen, some are known to be able; or else the shortcut would be one in name only."""
    chance = random.Random(seed)
    plain = [offer(n, chance) for n in range(40)]
    plain = [
        msgspec.structs.replace(
            one,
            state=CampaignState.ACTIVE,
            creatives=(creative(n, 0, random.Random(1)),),
            line_item=msgspec.structs.replace(one.line_item, approach=Approach(open_on_arrival=False)),
        )
        for n, one in enumerate(plain)
    ]
    index = DemandIndex(plain, {f"p{n}": place(n, chance) for n in range(11)}, AreaIndex([TOWN]))
    asked = Avail("a", "car", 40, SPOT, NOW, HERE)
    found = index.weigh(HERE, NOW_MS, None, asked, 0.5)
    usage = index.standings.usage(found.rows)
    fills = {one.line_item.line_item_id for one in fill(asked, found.candidates, usage, 0.5).fills}
    known = zip(found.candidates, found.entries, strict=True)
    assert fills <= {one.offer.line_item.line_item_id for one, entry in known if entry is not None}
