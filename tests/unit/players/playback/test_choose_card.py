"""Cards: one offer an interval however many watch, with the place or not at all."""

import asyncio

import pytest

from adserver.booking.cap import FrequencyCap, Per
from adserver.serving.avail import Format
from geotarget.area import Disc, make_area
from geotarget.area_index import AreaIndex
from geotarget.fence import State
from geotarget.fence_index import FenceIndex
from players.adapters import redis_keys
from players.playback.card import OFFER_EVERY_MS, SHOWN_FOR_MS
from tests.players.house import DRIVING, PARKED, STOPPED


async def test_many_watchers_make_one_offer(house):
    opened = await house.opened()
    await house.heard()
    house.at(48.11, -1.68)
    screen = await house.sessions.screen("veh_1", opened.session_id)
    chosen = await asyncio.gather(*(house.choose_card(screen.session, screen.state) for _ in range(20)))
    assert len(house.ads.asked) == 1
    assert [card for card in chosen if card] == [
        (await house.sessions.screen("veh_1", opened.session_id)).card
    ]
    avail = house.ads.asked[0]
    assert (avail.segments, avail.formats) == (0, {Format.CARD})
    assert (avail.location.latitude, avail.location.longitude) == (48.11, -1.68)


async def test_stops_bring_no_more_cards_than_the_road(house):
    """Each light, jam and parking place is no occasion of its own: while a card stands no other is sought."""
    opened = await house.opened()
    house.at(48.11, -1.68)
    feed = house.feed()
    for values in (DRIVING, STOPPED, DRIVING, PARKED, DRIVING, STOPPED):
        await house.tell(feed, values)
        screen = await house.sessions.screen("veh_1", opened.session_id)
        await house.choose_card(screen.session, screen.state, screen.card)
        house.clock.advance(1)
    assert len(house.ads.asked) == 1


@pytest.mark.parametrize("parked", [False, True])
async def test_a_card_on_the_move_costs_a_glance_and_in_a_parked_car_none(house, parked):
    opened = await house.opened()
    house.at(48.11, -1.68)
    await (house.park(house.feed()) if parked else house.heard())
    screen = await house.sessions.screen("veh_1", opened.session_id)
    await house.choose_card(screen.session, screen.state)
    (asked,) = house.ads.asked
    assert asked.glances == (() if parked else (FrequencyCap(12, 3600), FrequencyCap(30, per=Per.DRIVE)))


async def test_without_a_place_nothing_is_offered(house):
    opened = await house.opened()
    screen = await house.sessions.screen("veh_1", opened.session_id)
    assert await house.choose_card(screen.session, screen.state) is None
    assert not house.ads.asked


async def test_an_ill_ad_server_leaves_the_card_that_is(house):
    opened = await house.opened()
    house.at(48.11, -1.68)
    house.ads.broken = True
    screen = await house.sessions.screen("veh_1", opened.session_id)
    assert await house.choose_card(screen.session, screen.state) is None
    assert (await house.sessions.screen("veh_1", opened.session_id)).card is None


async def test_while_a_card_stands_no_other_replaces_it(house, aredis):
    opened = await house.opened()
    await house.heard()
    house.at(48.11, -1.68)
    screen = await house.sessions.screen("veh_1", opened.session_id)
    shown = await house.choose_card(screen.session, screen.state)
    # Redis counts the claim's time itself: it must be barred for as long as the card stands.
    card, claim = (
        redis_keys.card("veh_1", opened.session_id),
        redis_keys.card_claim("veh_1", opened.session_id),
    )
    assert await aredis.pttl(claim) >= await aredis.pttl(card) > SHOWN_FOR_MS - 5_000
    house.clock.advance(SHOWN_FOR_MS / 1000 - 1)
    house.at(48.11, -1.68)
    assert await house.choose_card(screen.session, screen.state) is None
    assert (await house.sessions.screen("veh_1", opened.session_id)).card == shown
    # Both gone, the next is another fill of another avail.
    await aredis.delete(card, claim)
    house.clock.advance(1)
    again = await house.choose_card(screen.session, screen.state)
    assert again.fill.fill_id != shown.fill.fill_id
    assert house.ads.asked[0].avail_id != house.ads.asked[1].avail_id


async def test_where_nothing_was_chosen_it_is_sought_again_soon(house, aredis):
    opened = await house.opened()
    house.at(48.11, -1.68)
    house.ads.broken = True
    screen = await house.sessions.screen("veh_1", opened.session_id)
    await house.choose_card(screen.session, screen.state)
    assert await aredis.pttl(redis_keys.card_claim("veh_1", opened.session_id)) <= OFFER_EVERY_MS


async def standing(house):
    """A session whose card stands, and what its screen shows."""
    opened = await house.opened()
    await house.heard()
    house.at(48.11, -1.68)
    house.ads.reach_ends_at = 48.2
    screen = await house.sessions.screen("veh_1", opened.session_id)
    shown = await house.choose_card(screen.session, screen.state)
    return opened, screen, shown


async def test_out_of_reach_the_next_takes_its_place_once_and_with_another_fill(house):
    opened, screen, shown = await standing(house)
    house.at(48.19, -1.68)
    assert await house.choose_card(screen.session, screen.state, shown) is None
    house.at(48.21, -1.68)
    many = (house.choose_card(screen.session, screen.state, shown) for _ in range(10))
    (following,) = [one for one in await asyncio.gather(*many) if one]
    assert following.fill.fill_id != shown.fill.fill_id
    # Within one interval too: the ad server would answer the same avail with the same card.
    first, second = house.ads.asked
    assert first.avail_id != second.avail_id
    assert (await house.sessions.screen("veh_1", opened.session_id)).card == following


async def test_out_of_reach_with_nothing_to_follow_it_goes_and_nothing_comes_for_a_while(house):
    opened, screen, shown = await standing(house)
    house.at(48.21, -1.68)
    house.ads.dry = True
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        assert await house.choose_card(screen.session, screen.state, shown) is None
        assert [(await inbox.get(2)).kind for _ in range(2)] == ["decision", "card"]
    screen = await house.sessions.screen("veh_1", opened.session_id)
    assert screen.card is None
    house.ads.dry = False
    assert await house.choose_card(screen.session, screen.state, screen.card) is None
    assert len(house.ads.asked) == 2


async def test_a_card_whose_minute_has_passed_is_nobodys_to_replace(house, aredis):
    opened, screen, shown = await standing(house)
    house.clock.advance(SHOWN_FOR_MS / 1000)
    house.at(48.21, -1.68)
    await aredis.delete(
        redis_keys.card("veh_1", opened.session_id), redis_keys.card_claim("veh_1", opened.session_id)
    )
    assert await house.choose_card(screen.session, screen.state, shown)


async def test_what_the_car_did_at_fences_goes_with_the_offer_and_with_consent_only(house):
    area = make_area("t", "1", "Here", Disc(48.11, -1.68, 500))
    house.fences = FenceIndex([area.area_id], AreaIndex([area]))
    opened = await house.opened()
    await house.heard()
    for latitude in (48.11, 48.2):
        house.at(latitude, -1.68)
        house.clock.advance(1)
    screen = await house.sessions.screen("veh_1", opened.session_id)
    await house.choose_card(screen.session, screen.state)
    ((stay,),) = (avail.stays for avail in house.ads.asked)
    assert (stay.area_id, stay.state) == (area.area_id, State.LEFT)
    unit, _ = house.unit(consent=False)
    private = await house.open_session(unit, house.read_vehicle("veh_1"))
    screen = await house.sessions.screen("veh_1", private.session_id)
    await house.offer(screen.session, screen.state, "a1", 8, frozenset({Format.AUDIO}))
    assert (house.ads.asked[-1].stays, house.ads.asked[-1].location) == ((), None)
