"""Cards: one offer an interval however many watch, with the place or not at all."""

import asyncio

from adserver.avail import Format


async def test_many_watchers_make_one_offer(house):
    opened = await house.opened()
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
