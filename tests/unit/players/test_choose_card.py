"""Cards: one offer an interval however many watch, with the place or not at all."""

import asyncio

from adserver.avail import Format
from players.adapters import redis_keys
from players.card import OFFER_EVERY_MS, SHOWN_FOR_MS


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


async def test_while_a_card_stands_no_other_replaces_it(house, aredis):
    opened = await house.opened()
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
