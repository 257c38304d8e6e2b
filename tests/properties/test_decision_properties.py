"""Decisions: rivals apart, the ladder in order, nobody forgotten; what is reserved is what plays."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.booking.campaign import (
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
)
from adserver.booking.cap import FrequencyCap
from adserver.serving.avail import Avail, Format, Location, ServedBreak
from adserver.serving.decision import fill
from adserver.serving.demand import Candidate, DemandIndex
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.offer import Offer
from adserver.serving.reason import Reason
from adserver.serving.serve_break import ServeBreak
from adserver.serving.usage import Usage
from geotarget.place import Category as PlaceCategory
from geotarget.place import Place
from kernel.clock import to_ms

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
HERE = Location(48.1, -1.7)
PLACE = Place("plc_1", "test", "1", "Here", "", PlaceCategory.DEALER, HERE.latitude, HERE.longitude)
SPOT = frozenset({Format.VIDEO, Format.AUDIO})
CATEGORIES = st.sampled_from(
    [Category.OTHER, Category.OTHER, Category.HOTEL, Category.FUEL, Category.CHARGING]
)


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def now_ms(self) -> int:
        return to_ms(NOW)


def spot(item: LineItem, name: str, segments: int) -> Creative:
    return Creative(
        f"crv_{name}", item.line_item_id, item.campaign_id, item.advertiser_id, "Spot", SPOT,
        CreativeState.APPROVED, "Headline", "", 0, asset_id=f"ast_{name}", segments=segments,
    )  # fmt: skip


@st.composite
def offers(draw, most: int = 9):
    made = []
    for n in range(draw(st.integers(0, most))):
        priority = draw(st.sampled_from(list(Priority)))
        house = priority is Priority.HOUSE
        item = LineItem(
            f"li_{n}", f"cmp_{n}", f"adv_{draw(st.integers(0, 5))}", f"C{n}", 0, to_ms(NOW) + 10**9,
            0 if house else draw(st.sampled_from([20_000, 10**9])),
            0 if house else draw(st.sampled_from([5_000_000, 10_000_000])), "EUR", 5_000,
            () if house else ("plc_1",), category=draw(CATEGORIES), priority=priority,
            caps=(FrequencyCap(2, 3600),), exclusions=tuple(draw(st.sets(CATEGORIES, max_size=1))),
        )  # fmt: skip
        sizes = draw(st.lists(st.integers(0, 18), min_size=1, max_size=2))
        creatives = tuple(spot(item, f"{n}_{m}", size) for m, size in enumerate(sizes))
        made.append(Offer(item, CampaignState.ACTIVE, "A", creatives, advertiser_category=draw(CATEGORIES)))
    return made


def seen(offer: Offer) -> Candidate:
    return Candidate(offer, PLACE, 100.0) if offer.line_item.place_ids else Candidate(offer)


def _unheard(_avail: Avail, _served: ServedBreak) -> None:
    """What decisions say is for others to count."""


def avail(number: int = 0, segments: int = 16, subject: str = "car") -> Avail:
    return Avail(f"{subject}-a{number}", subject, segments, SPOT, NOW, HERE)


@given(found=offers(), segments=st.integers(1, 30), roll=st.floats(0, 1, exclude_max=True))
def test_a_pod_is_right_whatever_is_booked(found, segments, roll):
    plenty = Usage(dict.fromkeys((f"li_{n}" for n in range(20)), 10**9), {})
    decision = fill(avail(segments=segments), [seen(one) for one in found], plenty, roll)
    chosen = [one.candidate.offer for one in decision.fills]
    assert sum(one.creative.segments for one in decision.fills) <= segments
    assert all(one.creative.segments > 0 and one.creative.asset_id for one in decision.fills)
    assert len({one.line_item.advertiser_id for one in chosen}) == len(chosen)
    for n, one in enumerate(chosen):
        for other in chosen[:n]:
            both = {one.line_item.category, one.advertiser_category} & {
                other.line_item.category, other.advertiser_category,
            }  # fmt: skip
            assert both <= {Category.OTHER}
            for mine, its in ((one, other), (other, one)):
                barred = set(mine.line_item.exclusions) - {Category.OTHER}
                assert not barred & {its.line_item.category, its.advertiser_category}
    assert len(decision.fills) + len(decision.refusals) == len(found)
    told = {no.line_item.line_item_id for no in decision.refusals}
    assert told | {one.line_item.line_item_id for one in chosen} == {o.line_item.line_item_id for o in found}


@given(
    found=offers(),
    segments=st.integers(1, 30),
    passes=st.dictionaries(st.sampled_from([f"li_{n}" for n in range(9)]), st.integers(0, 10**6)),
)
def test_the_ladder_lower_rungs_never_change_what_stands_above(found, segments, passes):
    plenty = Usage(dict.fromkeys((f"li_{n}" for n in range(20)), 10**9), {}, passes=passes)
    rungs = list(Priority)
    whole = fill(avail(segments=segments), [seen(one) for one in found], plenty, 0.5)
    order = [rungs.index(one.line_item.priority) for one in whole.fills]
    assert order == sorted(order)
    for lowest in range(len(rungs)):
        above = [one for one in found if rungs.index(one.line_item.priority) <= lowest]
        alone = fill(avail(segments=segments), [seen(one) for one in above], plenty, 0.5)
        assert list(alone.fills) == [f for f in whole.fills if rungs.index(f.line_item.priority) <= lowest]
    # Who could stand in what is left beside all that stands there, does.
    left = segments - sum(one.creative.segments for one in whole.fills)
    for no in whole.refusals:
        if no.reason is Reason.POD_FULL:
            assert min(c.segments for c in no.candidate.offer.ready) > left


@asynccontextmanager
async def served_by(socket, found):
    client = Redis(unix_socket_path=str(socket))
    await client.flushall()
    budgets = RedisBudgets(client)
    for one in found:
        await budgets.open(one.line_item, spent_micros=0, counted=(), now_ms=to_ms(NOW))
    index = DemandIndex(found, {PLACE.place_id: PLACE})
    sealer = SivSealer([b"p" * 32])
    caps, standings = RedisCaps(client), KeepStandings(budgets)
    serve = ServeBreak(lambda: index, standings, budgets, caps, sealer, Still(), lambda: 0.5, _unheard)
    try:
        yield serve, budgets
    finally:
        await client.aclose()


@settings(max_examples=40)
@given(found=offers(6), segments=st.integers(4, 24), cars=st.integers(1, 2))
def test_what_is_reserved_is_what_plays(redis_socket, found, segments, cars):
    async def run() -> None:
        async with served_by(redis_socket, found) as (serve, budgets):
            asked = [avail(n // 2, segments, f"car{n % cars}") for n in range(8)]
            answers = await asyncio.gather(*(serve(one) for one in asked))
            told = {
                (one.subject, answer.avail_id): answer for one, answer in zip(asked, answers, strict=True)
            }
            prices: dict[str, int] = {}
            fills = {f.fill_id: f for answer in told.values() for f in answer.fills}
            for one in fills.values():
                prices[one.line_item_id] = prices.get(one.line_item_id, 0) + one.price_micros
            balances = await budgets.balances([one.line_item.line_item_id for one in found])
            for item_id, balance in balances.items():
                assert balance.balanced
                assert balance.reserved_micros == prices.get(item_id, 0)
            for answer in answers:
                assert sum(f.segments for f in answer.fills) <= segments

    asyncio.run(run())
