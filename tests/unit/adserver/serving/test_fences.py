"""Line items that ask what a car did at their areas: decided, refused, and kept."""

from datetime import timedelta

import pytest

from adserver.booking.campaign import Approach, CampaignAction
from adserver.booking.cap import FrequencyCap
from adserver.booking.edit_campaign import Edit
from adserver.serving.avail import Location
from adserver.serving.demand import CANDIDATE_LIMIT
from adserver.serving.heard import day_of
from adserver.serving.reason import Reason
from geotarget.area import Disc, make_area
from geotarget.fence import Fence, State, Stay
from kernel.errors import Invalid
from tests.adserver.house import avail, card_avail

TOWN = make_area("town", "1", "Brest", Disc(48.39, -4.48, 10_000))
IN, OUT = Location(48.39, -4.48), Location(48.39, -4.0)
MINUTE = 60_000


@pytest.fixture
def at_town(house):
    house.areas = [TOWN]

    async def booked(fence, minutes=5, **changes):
        approach = Approach(fence=fence, fence_min=minutes)
        return await house.running(
            **({"place_ids": (), "area_ids": (TOWN.area_id,), "approach": approach} | changes)
        )

    return booked


def stay(house, state, ago_min=0.0):
    now_ms = house.clock.now_ms()
    return (Stay(TOWN.area_id, state, round(now_ms - ago_min * MINUTE), now_ms),)


async def decided(house, stays, location, avail_id="a1"):
    served = await house.serve(avail(avail_id, house.clock.now(), location=location, stays=stays))
    return "chosen" if served.fills else served.refusals[0].reason


@pytest.mark.parametrize(
    ("fence", "state", "ago_min", "location", "answer"),
    [
        (Fence.ENTER, State.ENTERED, 1, IN, "chosen"),
        (Fence.ENTER, State.ENTERED, 6, IN, Reason.FENCE_NOT_CROSSED),
        (Fence.ENTER, State.FOUND, 1, IN, Reason.FENCE_NOT_CROSSED),
        (Fence.ENTER, State.LEFT, 1, OUT, Reason.OUT_OF_REACH),
        (Fence.DWELL, State.ENTERED, 6, IN, "chosen"),
        (Fence.DWELL, State.FOUND, 6, IN, "chosen"),
        (Fence.DWELL, State.ENTERED, 4, IN, Reason.FENCE_NOT_CROSSED),
        (Fence.DWELL, State.LEFT, 6, OUT, Reason.OUT_OF_REACH),
        (Fence.EXIT, State.LEFT, 1, OUT, "chosen"),
        (Fence.EXIT, State.LEFT, 6, OUT, Reason.OUT_OF_REACH),
        (Fence.EXIT, State.ENTERED, 1, IN, Reason.FENCE_NOT_CROSSED),
        (Fence.INSIDE, State.FOUND, 0, IN, "chosen"),
    ],
)
async def test_what_a_car_did_decides(house, at_town, fence, state, ago_min, location, answer):
    await at_town(fence)
    assert await decided(house, stay(house, state, ago_min), location) == answer


async def test_where_it_stands_is_not_enough_nor_what_is_known_of_other_areas(house, at_town):
    item = (await at_town(Fence.ENTER)).line_item
    assert await decided(house, (), IN) == Reason.FENCE_NOT_CROSSED
    now_ms = house.clock.now_ms()
    assert (
        await decided(house, (Stay("are_x", State.ENTERED, now_ms, now_ms),), IN, "a2") == "fence-not-crossed"
    )
    said = (await house.said.read([item.line_item_id], day_of(now_ms)))[item.line_item_id]
    assert said == {"fence-not-crossed": 2}
    report = await house.report(item.advertiser_id, item.campaign_id)
    assert report.overview.why.code == "fence-not-crossed"


async def test_that_it_is_at_its_edge_keeps_it_in(house, at_town):
    """It came in, and its position trembles a little beyond the edge."""
    await at_town(Fence.ENTER)
    beyond = Location(48.39 + 10_030 / 111_190, -4.48)
    assert await decided(house, stay(house, State.ENTERED, 1), beyond) == "chosen"


async def test_without_a_location_nothing_was_crossed(house, at_town):
    await at_town(Fence.EXIT)
    assert await decided(house, stay(house, State.LEFT), None) == Reason.LOCATION_UNKNOWN


async def test_a_place_near_is_named_and_does_not_stand_for_the_crossing(house, at_town):
    place_ids = house.order().place_ids
    here = Location(house.places[0].latitude, house.places[0].longitude)
    await at_town(Fence.EXIT, place_ids=place_ids)
    assert await decided(house, (), here) == Reason.FENCE_NOT_CROSSED
    found = await house.serve(avail("a2", house.clock.now(), location=here, stays=stay(house, State.LEFT)))
    assert found.fills[0].card.place_name == "Rennes"


async def test_crossing_again_and_again_the_cap_holds(house, at_town):
    await at_town(Fence.ENTER, cap=FrequencyCap(2, 3600))
    answers = []
    for n in range(4):
        house.clock.advance(60)
        answers.append(await decided(house, stay(house, State.ENTERED), IN, f"a{n}"))
    assert answers == ["chosen", "chosen", "frequency-cap", "frequency-cap"]


async def test_who_has_not_crossed_takes_nobodys_room(house, at_town):
    me = house.register("Garage")
    there = {"place_ids": (), "area_ids": (TOWN.area_id,)}
    for n in range(CANDIDATE_LIMIT + 1):
        asked = Approach(fence=Fence.EXIT)
        await house.book(me.advertiser_id, house.order(name=f"n{n}", approach=asked, **there))
    meant = await at_town(Fence.ENTER, cpm_micros=100_000)
    index = house.demand()
    entered = avail("a1", house.clock.now(), location=IN, stays=stay(house, State.ENTERED))
    (first,) = (one for one in index.candidates(IN, house.clock.now_ms(), None, entered) if one.crossed)
    assert first.offer.line_item.line_item_id == meant.line_item.line_item_id


async def test_a_card_for_leaving_stands_outside_and_one_for_coming_in_goes(house, at_town):
    exits, enters = [(await at_town(fence)).line_item for fence in (Fence.EXIT, Fence.ENTER)]
    index = house.demand()
    assert index.still_reaches(exits.line_item_id, "", OUT)
    assert not index.still_reaches(enters.line_item_id, "", OUT)
    assert index.still_reaches(enters.line_item_id, "", IN)


async def test_only_what_is_asked_of_areas_is_a_fence(house, at_town):
    await at_town(Fence.INSIDE)
    assert house.demand().fenced == frozenset()
    campaign = await at_town(Fence.EXIT)
    assert house.demand().fenced == {TOWN.area_id}
    await house.change(campaign.advertiser_id, campaign.campaign_id, CampaignAction.PAUSE)
    assert house.demand().fenced == frozenset()


async def test_it_is_booked_kept_and_changed(house, at_town):
    campaign = await at_town(Fence.DWELL, 7)
    mine = campaign.advertiser_id, campaign.campaign_id
    kept = house.read.one(*mine).line_item.approach
    assert (kept.fence, kept.fence_min) == (Fence.DWELL, 7)
    changed = await house.edit(*mine, Edit(revision=1, approach=Approach(fence=Fence.EXIT)), actor="a")
    assert (changed.line_item.approach.fence, changed.line_item.approach.fence_min) == (Fence.EXIT, 10)


@pytest.mark.parametrize("minutes", [0, 61, -1])
async def test_minutes_have_limits(house, at_town, minutes):
    with pytest.raises(Invalid, match="fence-out-of-range"):
        await at_town(Fence.ENTER, minutes)


async def test_without_an_area_there_is_nothing_to_cross(house, at_town):
    with pytest.raises(Invalid, match="fence-without-area"):
        await at_town(Fence.ENTER, place_ids=house.order().place_ids, area_ids=())


async def test_a_card_is_decided_alike(house, at_town):
    await at_town(Fence.EXIT, spot=False)
    left = card_avail("c1", house.clock.now(), location=OUT, stays=stay(house, State.LEFT))
    assert (await house.serve(left)).fills
    house.clock.advance(timedelta(minutes=6).total_seconds())
    still = card_avail("c2", house.clock.now(), location=OUT, stays=left.stays)
    assert not (await house.serve(still)).fills
