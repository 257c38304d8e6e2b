"""A player that puts ads in itself: the same break, decided once, behind the same lock."""

from dataclasses import replace

import m3u8
import pytest

from kernel.errors import Forbidden, NotFound
from media.house_format import SEGMENT_MS, position_at
from media.timeline import SlotKind
from players.feed.head_unit import AdOutput, Technique
from players.feed.motion_policy import Withheld
from players.playback.pull_interstitial import Spot
from players.playback.pull_playlist import Channel
from players.playback.serve_segment import SegmentName
from tests.players.house import DRIVING, bare, paths, uris

CH = Channel("ch1")
BASE = "http://tv.example"
RENDITIONS = ("v720", "a128")


@pytest.fixture
def break_id(house) -> str:
    return f"ch1-{position_at(house.clock.now_ms()) + 20}"


async def opened_on(house, technique: Technique = Technique.TWO_ELEMENT, segments: int = 18):
    session = await house.opened(technique, AdOutput.INTERSTITIALS)
    house.clock.advance(segments * SEGMENT_MS / 1000)
    return session


async def assets(house, session, break_id):
    return await house.pull_interstitial.assets("ch1", session.session_id, break_id, session.grant, BASE)


async def spot(house, session, break_id, name, n=0):
    fill_id = (await assets(house, session, break_id)).assets[n].uri.split("/")[-2]
    return await house.pull_interstitial(
        Spot("ch1", break_id, fill_id), session.session_id, name, session.grant
    )


async def test_the_playlist_keeps_the_channels_filler_and_tells_of_the_break(house, break_id):
    session = await opened_on(house, segments=30)
    body = await house.pull(CH, session.session_id, "a128", session.grant)
    assert paths(uris(body)) == ["film1"] * 2 + ["slate"] * 8 + ["film2"] * 2
    tags = [line for line in body.decode().splitlines() if line.startswith("#EXT-X-DATERANGE")]
    assert ["SCTE35-OUT" in tag for tag in tags] == [False, True, False]
    assert (
        f'X-ASSET-LIST="/play/ch1/{session.session_id}/breaks/{break_id}.json?grant={session.grant}"'
        in tags[0]
    )


async def test_its_ads_are_those_that_would_have_been_stitched_and_are_decided_once(house, break_id):
    session = await opened_on(house)
    told = await assets(house, session, break_id)
    assert [one.duration for one in told.assets] == [5.76, 7.68]
    assert await assets(house, session, break_id) == told
    await house.pull(CH, session.session_id, "a128", session.grant)
    assert len(house.ads.asked) == 1
    playback = await house.sessions.playback("veh_1", session.session_id, [break_id])
    assert [f.fill_id in a.uri for f, a in zip(playback.plans[break_id].fills, told.assets, strict=True)] == [
        True, True,
    ]  # fmt: skip
    assert {kind for _, kind in house.noted} == {"planned", "stitched"}


async def test_what_was_decided_ahead_is_what_is_listed(house, break_id):
    session = await opened_on(house)
    await house.pull(CH, session.session_id, "a128", session.grant)
    assert len(house.ads.asked) == 1
    assert {kind for _, kind in house.noted} == {"planned"}
    assert len((await assets(house, session, break_id)).assets) == 2
    assert len(house.ads.asked) == 1


async def test_without_ads_the_list_is_empty(house, break_id):
    session = await opened_on(house)
    house.ads.dry = True
    assert (await assets(house, session, break_id)).assets == ()


async def test_an_ad_is_a_whole_playlist_of_the_conditioned_creative(house, break_id):
    session = await opened_on(house)
    listed = m3u8.loads((await spot(house, session, break_id, "a128", 1)).decode())
    assert (listed.is_endlist, listed.playlist_type, listed.target_duration) == (True, "vod", 2)
    assert [bare(one.uri) for one in listed.segments] == [f"/segments/ad2-1/a128/{n}/{n}" for n in range(4)]
    assert listed.segments[0].uri.endswith(f"?lease={session.grant}")


async def test_while_it_moves_or_nothing_is_known_there_is_sound_only(house, break_id):
    session, feed = await opened_on(house), house.feed()
    offered = m3u8.loads((await spot(house, session, break_id, "multivariant")).decode())
    assert [variant.stream_info.codecs for variant in offered.playlists] == ["mp4a.40.2"]
    for name in ("v720", "video"):
        refused = await spot(house, session, break_id, name)
        assert isinstance(refused, Withheld)
        assert refused.reason == "vehicle-unknown"
    await house.park(feed)
    offered = m3u8.loads((await spot(house, session, break_id, "multivariant")).decode())
    assert len(offered.playlists) == 3
    segment = m3u8.loads((await spot(house, session, break_id, "v720")).decode()).segments[0]
    assert session.grant not in segment.uri
    house.clock.advance(0.5)
    await house.tell(feed, DRIVING)
    refused = await spot(house, session, break_id, "v720")
    assert isinstance(refused, Withheld)
    assert refused.reason == "vehicle-moving"


async def test_an_ad_that_the_car_drives_off_in_goes_on_in_black_and_its_sound_as_ever(house, break_id):
    session, feed = await opened_on(house), house.feed()
    await house.park(feed)
    picture, sound = [m3u8.loads((await spot(house, session, break_id, one)).decode()) for one in RENDITIONS]
    assert await served(house, picture, 0) == b"ad1-1/v720/0/0"
    house.clock.advance(0.5)
    await house.tell(feed, DRIVING)
    for n in (1, 2):
        assert await served(house, picture, n) == f"slate/v720/0/{n}".encode()
        assert await served(house, sound, n) == f"ad1-1/a128/{n}/{n}".encode()
        house.clock.advance(25)  # long after its lease, and in silence
    await house.park(feed)
    assert await served(house, picture, 2) == b"ad1-1/v720/2/2"
    house.clock.advance(15)
    with pytest.raises(Forbidden, match="lease-expired"):
        await served(house, picture, 2)


async def test_nor_is_there_a_picture_in_it_once_its_head_unit_is_revoked(house, break_id):
    session, feed = await opened_on(house), house.feed()
    await house.park(feed)
    picture = m3u8.loads((await spot(house, session, break_id, "v720")).decode())
    (unit,) = house.units.units_of("veh_1")
    await house.revoke(unit.unit.head_unit_id)
    assert await served(house, picture, 1) == b"slate/v720/0/1"
    assert isinstance(await spot(house, session, break_id, "v540"), Withheld)


async def served(house, playlist, n):
    path, _, token = playlist.segments[n].uri.partition("?lease=")
    _, _, asset_id, rendition, index, k, key = path.removesuffix(".m4s").split("/")
    return await house.serve_segment(SegmentName(asset_id, rendition, int(index), int(k), key), token)


async def test_a_player_that_cannot_renew_its_lease_gets_the_sound(house, break_id):
    session, feed = await opened_on(house, Technique.SLATE), house.feed()
    await house.park(feed)
    refused = await spot(house, session, break_id, "v720")
    assert isinstance(refused, Withheld)
    assert refused.reason == "player-cannot-renew"


async def test_named_refusals(house, break_id):
    session, other = await opened_on(house), await house.opened()
    call = house.pull_interstitial
    for channel, name, token, error, code in (
        ("ch1", "ch1-77", session.grant, NotFound, "break-unknown"),
        ("ch1", f"{break_id}0", session.grant, NotFound, "break-unknown"),
        ("no", break_id, session.grant, NotFound, "channel-unknown"),
        ("ch1", break_id, other.grant, Forbidden, "grant-of-other-session"),
    ):
        with pytest.raises(error) as caught:
            await call.assets(channel, session.session_id, name, token, BASE)
        assert caught.value.code == code
    await assets(house, session, break_id)
    for spot_, name, code in (
        (Spot("ch1", break_id, "fil_no"), "a128", "break-unknown"),
        (Spot("ch1", "ch1-77", "fil_no"), "a128", "break-unknown"),
        (Spot("ch1", break_id, "fil_no"), "v1080", "rendition-unknown"),
    ):
        with pytest.raises(NotFound) as missing:
            await call(spot_, session.session_id, name, session.grant)
        assert missing.value.code == code
    house.clock.advance(3 * SEGMENT_MS / 1000)
    late = await opened_on(house, segments=1)
    with pytest.raises(NotFound, match="break-unknown"):
        await assets(house, late, break_id)


async def test_what_may_not_be_seen_in_its_country_is_replaced_there_too(house):
    channel = house.lineups.channels["ch1"]
    barred = Barred(channel.schedule)
    house.lineups = replace(house.lineups, channels={"ch1": replace(channel, schedule=barred)})
    for ads in AdOutput:
        session = await house.opened(ads=ads)
        seen = paths(uris(await house.pull(CH, session.session_id, "a128", session.grant)))
        assert "film1" not in seen
        assert "elsewhere" in seen


class Barred:
    """A schedule whose programmes may be seen in another country only."""

    def __init__(self, schedule):
        self._schedule = schedule

    def slots(self, first, last):
        return tuple(
            replace(slot, territories=("XX",), substitute="elsewhere")
            if slot.kind is SlotKind.PROGRAMME
            else slot
            for slot in self._schedule.slots(first, last)
        )
