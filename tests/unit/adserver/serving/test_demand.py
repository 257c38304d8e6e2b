"""What the snapshot of the demand says of a card that stands."""

import pytest

from adserver.booking.campaign import Approach
from adserver.booking.edit_campaign import Edit
from adserver.booking.targeting import Targeting
from adserver.serving.avail import Format, Location
from adserver.serving.demand import CANDIDATE_LIMIT, EDGE_M
from adserver.serving.heard import day_of
from adserver.serving.reason import Reason
from geotarget.area import Border, Disc, make_area
from geotarget.course import Course
from kernel.errors import Invalid
from tests.adserver.house import UNIT, avail


async def test_who_is_not_meant_takes_nobodys_room(house):
    """Thirty-two are weighed: those that are for others come last, however near they are."""
    me = house.register("Garage")
    far = house.order().place_ids
    for n in range(CANDIDATE_LIMIT + 1):
        others = {"markets": ("DE",)} if n % 2 else {"targeting": GERMAN}
        await house.book(me.advertiser_id, house.order(name=f"n{n}", place_ids=far, **others))
    meant = await house.running(cpm_micros=100_000, budget_micros=10 * UNIT)
    index, french = house.demand(), avail("a1", house.clock.now(), language="fr")
    now_ms = house.clock.now_ms()
    sought = index.candidates(french.location, now_ms, None, french)
    assert meant.line_item.line_item_id in {one.offer.line_item.line_item_id for one in sought}
    assert index.asks_of_vehicle is False


async def test_a_car_is_asked_about_only_where_somebody_asks(house):
    await house.running(targeting=Targeting(models=("Zoe",)))
    assert house.demand().asks_of_vehicle


PLACE = Location(48.1173, -1.6778)
METRES_PER_DEGREE = 111_204
GERMAN = Targeting(languages=("de",))


@pytest.mark.parametrize(("beyond_m", "stands"), [(-100, True), (EDGE_M - 10, True), (EDGE_M + 10, False)])
async def test_a_card_stands_until_its_place_is_clearly_out_of_reach(house, beyond_m, stands):
    item = (await house.running()).line_item
    index = house.demand()
    here = Location(PLACE.latitude + (item.radius_m + beyond_m) / METRES_PER_DEGREE, PLACE.longitude)
    assert index.still_reaches(item.line_item_id, item.place_ids[0], here) is stands


async def test_what_is_not_known_any_more_is_not_judged(house):
    item = (await house.running()).line_item
    nowhere = Location(0.0, 0.0)
    assert house.demand().still_reaches("li_gone", item.place_ids[0], nowhere)
    assert house.demand().still_reaches(item.line_item_id, "place_gone", nowhere)


WEST, EAST = -2.0, -1.0
DEPARTMENT = make_area(
    "dep",
    "35",
    "Ille-et-Vilaine",
    Border(((((WEST, 47.5), (EAST, 47.5), (EAST, 49.0), (WEST, 49.0), (WEST, 47.5)),),)),
)
TOWN = make_area("town", "1", "Brest", Disc(48.39, -4.48, 10_000))


async def served(house, latitude, longitude, avail_id="a1"):
    return await house.serve(avail(avail_id, house.clock.now(), location=Location(latitude, longitude)))


async def test_a_campaign_is_shown_in_any_of_its_areas_and_nowhere_else(house):
    house.areas = [DEPARTMENT, TOWN]
    areas = DEPARTMENT.area_id, TOWN.area_id
    item = (await house.running(place_ids=(), area_ids=areas)).line_item
    for n, (latitude, longitude, inside) in enumerate(
        [(48.6, -1.3, True), (48.4, -4.4, True), (47.2, -1.5, False)]
    ):
        found = await served(house, latitude, longitude, f"a{n}")
        assert [fill.line_item_id for fill in found.fills] == [item.line_item_id] * inside
    (refusal,) = found.refusals
    assert (refusal.reason, refusal.detail) == (Reason.OUT_OF_REACH, "outside of its areas")
    unknown = await house.serve(avail("a9", house.clock.now(), location=None))
    assert unknown.refusals[0].reason == Reason.LOCATION_UNKNOWN


async def test_places_and_areas_add_up_and_the_place_is_named_where_it_is_near(house):
    house.areas = [DEPARTMENT]
    item = (await house.running(area_ids=(DEPARTMENT.area_id,), radius_m=1_000)).line_item
    near, far = Location(PLACE.latitude, PLACE.longitude), Location(48.6, -1.3)
    (at_place,), (in_area,) = house.demand().candidates(near, 0), house.demand().candidates(far, 0)
    assert at_place.place.place_id == item.place_ids[0]
    assert (in_area.place, in_area.within) == (None, True)
    (elsewhere,) = house.demand().candidates(Location(0, 0), 0)
    assert (elsewhere.place, elsewhere.within) == (None, False)
    (refusal,) = (await served(house, 0, 0)).refusals
    assert refusal.detail == "no place of its within 1000 m; outside of its areas"


async def test_who_has_a_place_near_comes_before_who_is_shown_all_over(house):
    house.areas = [DEPARTMENT]
    everywhere = await house.running(
        place_ids=(), area_ids=(DEPARTMENT.area_id,), cpm_micros=900_000_000, budget_micros=10**9, segments=16
    )
    here = await house.running(segments=16)
    found = await served(house, PLACE.latitude, PLACE.longitude)
    assert [fill.line_item_id for fill in found.fills] == [here.line_item.line_item_id]
    assert {no.line_item_id for no in found.refusals} == {everywhere.line_item.line_item_id}


@pytest.mark.parametrize(("beyond_m", "stands"), [(-100, True), (EDGE_M - 5, True), (EDGE_M + 5, False)])
async def test_a_card_of_an_area_stands_until_that_is_clearly_left(house, beyond_m, stands):
    house.areas = [DEPARTMENT]
    item = (await house.running(place_ids=(), area_ids=(DEPARTMENT.area_id,))).line_item
    here = Location(49.0 + beyond_m / METRES_PER_DEGREE, -1.5)
    assert house.demand().still_reaches(item.line_item_id, "", here) is stands


async def test_an_area_that_is_gone_is_nowhere(house):
    house.areas = [DEPARTMENT]
    await house.running(place_ids=(), area_ids=(DEPARTMENT.area_id,))
    house.areas = []
    assert (await served(house, 48.6, -1.3)).fills == ()


async def test_a_place_behind_the_car_is_refused_and_said_so_and_one_ahead_says_its_detour(house):
    item = (await house.running(spot=False)).line_item
    south = Location(PLACE.latitude - 0.03, PLACE.longitude)
    towards, away = Course(0.0), Course(180.0)
    cards = {"segments": 0, "formats": frozenset({Format.CARD}), "location": south}
    found = await house.serve(avail("a1", house.clock.now(), course=towards, **cards))
    assert [fill.line_item_id for fill in found.fills] == [item.line_item_id]
    assert found.fills[0].card.detour_min == 0
    found = await house.serve(avail("a2", house.clock.now(), course=away, **cards))
    assert [(no.reason, no.place_name) for no in found.refusals] == [("behind-the-car", "Rennes")]
    assert (await house.said.read([item.line_item_id], day_of(house.clock.now_ms())))[item.line_item_id] == {
        "chosen": 1,
        "behind-the-car": 1,
    }
    found = await house.serve(avail("a3", house.clock.now(), **cards))
    assert found.fills[0].card.detour_min is None


async def test_what_lies_behind_is_shown_for_the_sake_of_its_area(house):
    house.areas = [DEPARTMENT]
    item = (await house.running(area_ids=(DEPARTMENT.area_id,))).line_item
    here = Location(PLACE.latitude - 0.03, PLACE.longitude)
    (candidate,) = house.demand().candidates(here, 0, Course(180.0))
    assert (candidate.offer.line_item, candidate.place, candidate.within) == (item, None, True)


async def test_an_approach_is_booked_kept_and_changed(house):
    approach = Approach(ahead=False, open_on_arrival=False, detour_max_min=12)
    campaign = await house.running(approach=approach)
    assert house.read.one(campaign.advertiser_id, campaign.campaign_id).line_item.approach == approach
    edit = Edit(revision=1, approach=Approach())
    changed = await house.edit(campaign.advertiser_id, campaign.campaign_id, edit, actor="a")
    assert changed.line_item.approach == Approach()
    for wrong in (-1, 241):
        with pytest.raises(Invalid, match="detour-out-of-range"):
            await house.running(approach=Approach(detour_max_min=wrong))
