"""What every pull asks is judged alike, whatever is pulled."""

import pytest

from kernel.errors import NotFound
from players.feed.head_unit import Technique
from players.feed.motion_policy import Withheld
from players.playback import lease, pulls
from players.playback.playlist import Offer
from players.playback.session import Grant, open_grant
from tests.players.house import DRIVING, POLICIES


async def asked(house, technique=Technique.TWO_ELEMENT):
    opened = await house.opened(technique)
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms(), opened.session_id)
    return await pulls.playback_of(house.sessions, grant)


def whole(house, name, found):
    return pulls.whole(name, found, "grant", lambda: house.rates, house.signer, house.clock, POLICIES)


async def test_a_session_that_is_not_kept_is_unknown(house):
    with pytest.raises(NotFound, match="session-unknown"):
        await pulls.playback_of(house.sessions, Grant("ses_no", "veh_1", 0))


def test_a_name_is_an_offer_a_rendition_or_unknown():
    assert (pulls.known("video"), pulls.known("v720")) == (Offer.VIDEO, None)
    with pytest.raises(NotFound, match="rendition-unknown"):
        pulls.known("v1080")


async def test_who_stands_gets_everything_and_a_picture_is_listed_with_a_lease(house):
    await house.park(house.feed())
    found = await asked(house)
    assert b"v720" in whole(house, "multivariant", found)
    assert whole(house, "a128", found) == "grant"
    assert whole(house, "v720", found) not in ("grant", None)


async def test_who_drives_gets_sound_alone(house):
    feed = house.feed()
    await house.park(feed)
    await house.tell(feed, DRIVING)
    found = await asked(house)
    assert b"v720" not in whole(house, "multivariant", found)
    assert whole(house, "a128", found) == "grant"
    for name in ("video", "v720"):
        assert isinstance(whole(house, name, found), Withheld)


async def test_a_promotion_that_a_player_puts_in_is_listed_with_a_lease_that_ends_in_black(house):
    feed = house.feed()
    await house.park(feed)
    found = await asked(house)

    def spot(name):
        return pulls.spot(whole(house, name, found), name, found[1], house.signer, house.clock)

    held = lease.genuine(house.signer, spot("v720"))
    assert (held.technique, held.mount) == (Technique.SLATE, found[1].mount)
    assert (spot("a128"), spot("multivariant")) == ("grant", whole(house, "multivariant", found))
    await house.tell(feed, DRIVING)
    found = await asked(house)
    assert isinstance(spot("v720"), Withheld)
