"""Minutes of a routing engine in decisions: they refuse, and stand on cards."""

from dataclasses import replace

import pytest

from adserver.booking.campaign import Approach
from adserver.serving.avail import Location
from adserver.serving.reason import Reason
from adserver.serving.refine_detours import RefineDetours, as_modelled
from geotarget.course import Course
from tests.adserver.house import card_avail

SOUTH, NORTHWARD = Location(48.0873, -1.6778), Course(0.0)


class Times:
    """Tells the same of every place, and remembers what it was asked."""

    def __init__(self, detour_s):
        self.detour_s = detour_s
        self.asked = []

    def __call__(self, latitude, longitude, heading_deg, places):
        self.asked.append((latitude, longitude, heading_deg, places))
        return [self.detour_s] * len(places)


def decide(house, times, avail):
    return replace(house.decide, refine=RefineDetours(times))(avail)


async def test_what_the_engine_says_is_on_the_card(house):
    await house.running(spot=False)
    times = Times(431.0)
    told = card_avail("a1", house.clock.now(), location=SOUTH, course=NORTHWARD)
    (fill,) = (await decide(house, times, told)).fills
    assert fill.card.detour_min == 7
    ((latitude, longitude, heading_deg, [(place, distance_m)]),) = times.asked
    assert (latitude, longitude, heading_deg) == (SOUTH.latitude, SOUTH.longitude, 0.0)
    assert place == (house.places[0].latitude, house.places[0].longitude)
    assert distance_m == 3_300


@pytest.mark.parametrize(("detour_s", "reason"), [(600.0, None), (601.0, Reason.DETOUR_TOO_LONG)])
async def test_what_the_engine_says_decides(house, detour_s, reason):
    await house.running(spot=False, approach=Approach(detour_max_min=10))
    told = card_avail("a1", house.clock.now(), location=SOUTH, course=NORTHWARD)
    served = await decide(house, Times(detour_s), told)
    assert [no.reason for no in served.refusals] == ([reason] if reason else [])


async def test_what_it_has_not_said_stays_as_the_model_has_it(house):
    await house.running(spot=False)
    told = card_avail("a1", house.clock.now(), location=SOUTH, course=NORTHWARD)
    index = house.demand()
    candidates = index.candidates(told.location, house.clock.now_ms(), told.course, told)
    assert RefineDetours(Times(None))(told, candidates) == candidates
    assert as_modelled(told, candidates) is candidates


async def test_without_a_location_or_a_place_nothing_is_asked(house):
    await house.running(spot=False)
    times = Times(1.0)
    hidden = card_avail("a1", house.clock.now(), location=None)
    far = card_avail("a2", house.clock.now(), location=Location(0.0, 0.0))
    for told in (hidden, far):
        candidates = house.demand().candidates(told.location, house.clock.now_ms(), told.course, told)
        assert RefineDetours(times)(told, candidates) is candidates
    assert not times.asked
