"""Serving segments on a real Redis: the lease, and the live state behind it."""

import pytest

from kernel.errors import Forbidden, NotFound
from players.head_unit import Technique
from players.motion_policy import Withheld
from players.pull_playlist import Channel
from players.serve_segment import SegmentName
from tests.players.house import DRIVING

PICTURE = SegmentName("film1", "v720", 3, 1000)
SOUND = SegmentName("film1", "a128", 3, 1000)


async def lease(house, opened) -> str:
    body = await house.pull(Channel("ch1"), opened.session_id, "v720", opened.grant)
    return body.decode().rstrip().rpartition("?lease=")[2]


async def test_a_leased_picture_while_parked(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    assert await house.serve_segment(PICTURE, await lease(house, opened)) == b"film1/v720/3/1000"


async def test_a_good_lease_is_worth_nothing_once_it_moves(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    house.clock.advance(0.2)
    await house.tell(feed, DRIVING)
    assert isinstance(await house.serve_segment(PICTURE, held), Withheld)


async def test_a_good_lease_is_worth_nothing_in_silence(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    house.clock.advance(3.1)
    assert isinstance(await house.serve_segment(PICTURE, held), Withheld)


async def test_a_lease_lasts_five_seconds(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    await house.park(feed)
    with pytest.raises(Forbidden, match="lease-expired"):
        await house.serve_segment(PICTURE, held)


async def test_a_slate_player_is_given_black_and_never_refused(house):
    opened, feed = await house.opened(Technique.SLATE), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    assert await house.serve_segment(PICTURE, held) == b"film1/v720/3/1000"
    house.clock.advance(0.2)
    await house.tell(feed, DRIVING)
    assert await house.serve_segment(PICTURE, held) == b"slate/v720/0/1000"
    house.clock.advance(30)
    assert await house.serve_segment(PICTURE, held) == b"slate/v720/0/1000"
    house.clock.advance(40)
    with pytest.raises(Forbidden, match="lease-expired"):
        await house.serve_segment(PICTURE, held)


async def test_sound_needs_the_grant_alone(house):
    opened = await house.opened()
    assert await house.serve_segment(SOUND, opened.grant) == b"film1/a128/3/1000"


async def test_named_refusals(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    for name, token, error, code in (
        (PICTURE, "", Forbidden, "lease-missing"),
        (PICTURE, "x" + held, Forbidden, "signature-invalid"),
        (PICTURE, held.replace("two-element", "slate"), Forbidden, "signature-invalid"),
        (PICTURE, opened.grant, Forbidden, "signature-invalid"),
        (SOUND, held, Forbidden, "signature-invalid"),
        (SegmentName("film1", "v1080", 0, 0), held, NotFound, "segment-unknown"),
        (SegmentName("film1", "v720", 0, 2**31), held, NotFound, "segment-unknown"),
    ):
        with pytest.raises(error) as caught:
            await house.serve_segment(name, token)
        assert caught.value.code == code
