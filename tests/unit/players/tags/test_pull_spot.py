"""The playlists that a tag's document names: behind the same lock as anything on demand."""

import m3u8
import pytest

from kernel.errors import Forbidden, NotFound
from players.feed.motion_policy import Withheld
from players.playback.serve_segment import SegmentName
from players.tags.spot import Spot, sign_spot
from tests.players.house import DRIVING, bare


def spot(house, session, **changes) -> str:
    values = {"session_id": session.session_id, "asset_id": "ad1", "segments": 3}
    return sign_spot(house.signer, Spot(**{"until_ms": house.clock.now_ms() + 600_000, **values, **changes}))


async def pull(house, session, name, **changes):
    return await house.pull_spot(session.session_id, spot(house, session, **changes), name, session.grant)


async def test_it_is_a_whole_playlist_of_the_conditioned_creative(house):
    session = await house.opened()
    listed = m3u8.loads((await pull(house, session, "a128")).decode())
    assert (listed.is_endlist, listed.playlist_type) == (True, "vod")
    assert [bare(one.uri) for one in listed.segments] == [f"/segments/ad1/a128/{n}/{n}" for n in range(3)]


async def test_its_segments_are_served_until_it_ends(house):
    session = await house.opened()
    listed = m3u8.loads((await pull(house, session, "a128")).decode())
    path, _, lease = listed.segments[1].uri.partition("?lease=")
    _, _, asset_id, rendition, index, k, key = path.removesuffix(".m4s").split("/")
    name = SegmentName(asset_id, rendition, int(index), int(k), key)
    assert await house.serve_segment(name, lease) == b"ad1/a128/1/1"
    house.clock.advance(600)
    with pytest.raises(Forbidden) as caught:
        await house.serve_segment(name, lease)
    assert caught.value.code == "play-over"


async def served(house, playlist: str) -> bytes:
    """The last segment of it."""
    path, _, lease = m3u8.loads(playlist).segments[-1].uri.partition("?lease=")
    _, _, asset_id, rendition, index, k, key = path.removesuffix(".m4s").split("/")
    return await house.serve_segment(SegmentName(asset_id, rendition, int(index), int(k), key), lease)


async def test_while_it_moves_or_nothing_is_known_there_is_sound_only(house):
    session, feed = await house.opened(), house.feed()
    for name in ("video", "v720"):
        assert isinstance(await pull(house, session, name), Withheld)
    offered = m3u8.loads((await pull(house, session, "multivariant")).decode())
    assert [one.stream_info.codecs for one in offered.playlists] == ["mp4a.40.2"]
    await house.park(feed)
    assert len(m3u8.loads((await pull(house, session, "multivariant")).decode()).playlists) == 3
    picture = (await pull(house, session, "v720")).decode()
    assert await served(house, picture) == b"ad1/v720/2/2"
    house.clock.advance(0.5)
    await house.tell(feed, DRIVING)
    assert isinstance(await pull(house, session, "v720"), Withheld)
    # What has begun with a picture is not refused: the player would end the sound with it.
    assert await served(house, picture) == b"slate/v720/0/2"


async def test_named_refusals(house):
    session, other = await house.opened(), await house.opened()
    with pytest.raises(NotFound, match="rendition"):
        await pull(house, session, "v1080")
    for changes, code in (
        ({"session_id": other.session_id}, "spot-of-other-session"),
        ({"until_ms": house.clock.now_ms()}, "spot-expired"),
    ):
        with pytest.raises(Forbidden) as caught:
            await pull(house, session, "audio", **changes)
        assert caught.value.code == code
    with pytest.raises(Forbidden) as caught:
        await house.pull_spot(session.session_id, spot(house, session), "audio", other.grant)
    assert caught.value.code == "grant-of-other-session"
