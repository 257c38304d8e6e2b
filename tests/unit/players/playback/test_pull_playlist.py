"""Pulling playlists on a real Redis: what is offered, what is withheld, and breaks decided once."""

import asyncio
import dataclasses

import m3u8
import pytest

from adserver.serving.avail import Format
from kernel.errors import Forbidden, NotFound
from media import stitch, timeline
from media.house_format import SEGMENT_MS
from players.feed.head_unit import AdOutput, Technique
from players.feed.motion_policy import Withheld
from players.playback import marks, playlist
from players.playback.pull_playlist import Channel
from tests.players.house import DRIVING, paths, uris

CH = Channel("ch1")


async def pull(house, opened, name="v720", source=CH):
    return await house.poll(source, opened, name)


async def test_a_vehicle_that_has_said_nothing_gets_sound_only(house):
    opened = await house.opened()
    refused = await pull(house, opened)
    assert isinstance(refused, Withheld)
    assert (refused.reason, refused.rule) == ("vehicle-unknown", "speed-missing")
    assert isinstance(await pull(house, opened, "video"), Withheld)
    offered = m3u8.loads((await pull(house, opened, "multivariant")).decode())
    assert [variant.stream_info.codecs for variant in offered.playlists] == ["mp4a.40.2"]
    assert len(uris(await pull(house, opened, "a128"))) == 12


async def test_parked_it_gets_the_picture_and_moving_loses_it(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    assert len(uris(await pull(house, opened))) == 12
    offered = m3u8.loads((await pull(house, opened, "multivariant")).decode())
    assert [v.stream_info.resolution for v in offered.playlists] == [(1280, 720), (960, 540), (640, 360)]
    house.clock.advance(0.5)
    await house.tell(feed, DRIVING)
    refused = await pull(house, opened)
    assert isinstance(refused, Withheld)
    assert refused.reason == "vehicle-moving"


async def test_silence_takes_the_picture_without_an_event(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    house.clock.advance(3.001)
    refused = await pull(house, opened)
    assert isinstance(refused, Withheld)
    assert refused.rule == "speed-stale"


async def test_techniques(house):
    opened, feed = await house.opened(Technique.SLATE), house.feed()
    # A slate player's media playlist comes whatever the state; its segments are black then.
    assert len(uris(await pull(house, opened))) == 12
    deaf = await house.opened(Technique.AUDIO_ONLY)
    await house.park(feed)
    refused = await pull(house, deaf)
    assert isinstance(refused, Withheld)
    assert refused.reason == "player-audio-only"


async def test_a_break_is_decided_before_it_is_listed_and_stands_in_the_playlist(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    house.clock.advance(-5)  # back to where the loop begins: the break is 20 segments away
    assert not house.ads.asked
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await house.tell(feed, {})
    await pull(house, opened, "a128")
    assert [(avail.segments, avail.formats) for avail in house.ads.asked] == [(8, frozenset({Format.AUDIO}))]
    house.clock.advance(12 * SEGMENT_MS / 1000)
    listed = paths(uris(await pull(house, opened, "a128")))
    assert listed == ["film1"] * 2 + ["ad1-1"] * 3 + ["ad2-1"] * 4 + ["slate"] + ["film2"] * 2


async def test_a_parked_vehicle_is_offered_pictures_in_the_break(house):
    opened, feed = await house.opened(), house.feed()
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await house.park(feed)
    await pull(house, opened)
    assert house.ads.asked[0].formats == {Format.AUDIO, Format.VIDEO}


@pytest.mark.parametrize("slate", [False, True])
async def test_a_vehicle_that_moves_off_while_its_break_is_planned_gets_no_picture(house, slate):
    opened, feed = await house.opened(Technique.SLATE if slate else Technique.TWO_ELEMENT), house.feed()
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await house.park(feed)

    async def moves_off() -> None:
        house.clock.advance(0.4)
        await house.tell(feed, DRIVING)

    house.ads.meanwhile = moves_off
    answer = await pull(house, opened)
    assert house.ads.asked
    if slate:
        assert len(uris(answer)) == 12
    else:
        assert isinstance(answer, Withheld)
        assert answer.reason == "vehicle-moving"


async def test_a_vehicle_that_falls_silent_while_its_break_is_planned_gets_no_picture(house):
    opened, feed = await house.opened(), house.feed()
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await house.park(feed)

    async def falls_silent() -> None:
        house.clock.advance(3.1)

    house.ads.meanwhile = falls_silent
    answer = await pull(house, opened)
    assert isinstance(answer, Withheld)
    assert answer.rule == "speed-stale"


async def test_where_the_vehicle_is_goes_out_with_consent_only(house):
    opened = await house.opened()
    house.at(48.11, -1.68)
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await pull(house, opened, "a128")
    assert (house.ads.asked[0].location.latitude, house.ads.asked[0].subject) == (48.11, "veh_1")
    unit, _ = house.unit(consent=False)
    shy = await house.open_session(unit, house.read_vehicle("veh_1"))
    await pull(house, shy, "a128")
    assert house.ads.asked[1].location is None


async def test_a_break_under_way_when_the_session_opens_is_left_to_filler(house):
    house.clock.advance(22 * SEGMENT_MS / 1000)
    opened = await house.opened()
    house.clock.advance(8 * SEGMENT_MS / 1000)
    assert "slate" in paths(uris(await pull(house, opened, "a128")))
    assert not house.ads.asked


@pytest.mark.parametrize(("newest", "asked"), [(20, True), (23, True), (24, False), (30, False), (38, False)])
async def test_who_comes_to_a_channel_when_its_break_has_long_begun_claims_no_ad(house, newest, asked):
    """The session is older; its first pull of this channel falls into the break, or just after it."""
    opened = await house.opened()
    house.clock.advance((newest + 1) * SEGMENT_MS / 1000)
    workers = [house.pull, dataclasses.replace(house.pull)]
    bodies = [await one(CH, opened.session_id, "a128", opened.grant) for one in workers]
    assert bodies[0] == bodies[1]
    stand = paths(uris(bodies[0]))
    assert (any(asset.startswith("ad") for asset in stand), "slate" in stand) == (asked, not asked)
    assert (len(house.ads.asked), house.outcomes) == (asked, ["underfilled" if asked else "missed"])
    # And so it stays while it is listed; the next break is decided as ever.
    house.clock.advance(2 * SEGMENT_MS / 1000)
    assert (len(house.ads.asked), len(house.outcomes)) == (asked, 1)
    house.clock.advance((48 - newest) * SEGMENT_MS / 1000)
    assert any(asset.startswith("ad") for asset in paths(uris(await pull(house, opened, "a128"))))


async def test_of_two_workers_one_decides_a_break_that_is_missed_by_the_other(house):
    """Their clocks differ: one still asks for ads, for the other it is too late. One answer is kept."""
    opened = await house.opened()
    house.clock.advance(24 * SEGMENT_MS / 1000)
    late = type(house.clock)(house.clock.now())
    late.advance(SEGMENT_MS / 1000)
    behind = dataclasses.replace(house.pull, plan_break=dataclasses.replace(house.plan_break, clock=late))
    house.ads.delay_s = 0.05
    asked = CH, opened.session_id, "a128", opened.grant
    bodies = await asyncio.gather(house.pull(*asked), behind(*asked))
    assert bodies[0] == bodies[1]
    assert len(house.outcomes) == 1


async def test_breaks_are_marked_alike_in_all_renditions(house):
    opened = await house.opened(Technique.SLATE)
    house.clock.advance(18 * SEGMENT_MS / 1000)
    for moves in (0, 4, 6, 3):
        house.clock.advance(moves * SEGMENT_MS / 1000)
        told = [marks_of(await pull(house, opened, name)) for name in ("a128", "v720", "v360")]
        assert told[0] == told[1] == told[2]
    out, back = told[0]
    assert ",SCTE35-OUT=0xFC30" in out
    assert ",SCTE35-IN=0xFC30" in back


async def test_what_is_pulled_is_what_its_positions_say_at_every_step(house):
    """The lines of promotions are kept whole and cut to the window: no step may cut them elsewhere."""
    opened = await house.opened()
    house.clock.advance(15 * SEGMENT_MS / 1000)
    stood = set()
    for _ in range(30):
        house.clock.advance(SEGMENT_MS / 1000)
        body = await pull(house, opened, "a128")
        window = timeline.window(house.lineups.channels["ch1"].schedule, house.clock.now_ms())
        of = [slot.slot_id for slot in window.breaks]
        kept = await house.sessions.playback("veh_1", opened.session_id, of)
        slots = [slot for slot in window.breaks if slot.slot_id in kept.plans]
        runs = [run for slot in slots for run in stitch.laid(slot, kept.plans[slot.slot_id].plan)]
        stood.update(run.asset_id for run in runs)
        told = marks.listed(window.breaks, window.head, window.last)
        listing = playlist.Media("a128", stitch.overlaid(window, runs), told)
        assert body == playlist.media(listing, opened.grant, house.signer)
    assert stood == {"ad1-1", "ad2-1"}


async def test_another_worker_answers_in_the_same_bytes(house):
    opened = await house.opened(Technique.SLATE)
    other = await house.opened(Technique.SLATE, AdOutput.INTERSTITIALS)
    worker = dataclasses.replace(house.pull)
    for _ in range(30):
        house.clock.advance(2 * SEGMENT_MS / 1000)
        for session in (opened, other):
            for name in ("a128", "v360"):
                asked = CH, session.session_id, name, session.grant
                assert await house.pull(*asked) == await worker(*asked)


def marks_of(body: bytes) -> list[str]:
    return [line for line in body.decode().splitlines() if line.startswith("#EXT-X-DATERANGE")]


async def test_concurrent_pulls_settle_on_one_plan(house):
    """Each answer of the ad server differs here, so two plans would show as two playlists."""
    opened = await house.opened()
    house.clock.advance(22 * SEGMENT_MS / 1000)
    house.ads.delay_s = 0.01
    bodies = await asyncio.gather(*(pull(house, opened, "a128") for _ in range(24)))
    assert len({tuple(uris(body)) for body in bodies}) == 1
    assert len({avail.avail_id for avail in house.ads.asked}) == 1
    house.ads.asked.clear()
    await pull(house, opened, "a128")
    assert not house.ads.asked


async def test_an_ill_ad_server_costs_the_ads_and_nothing_else(house):
    opened = await house.opened()
    house.ads.broken = True
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await pull(house, opened, "a128")
    house.ads.broken = False
    await pull(house, opened, "a128")  # not listed yet: asked again
    assert len(house.ads.asked) == 2
    house.clock.advance(12 * SEGMENT_MS / 1000)
    assert "ad1-2" in paths(uris(await pull(house, opened, "a128")))


async def test_what_was_listed_as_filler_stays_filler(house):
    opened = await house.opened()
    house.ads.broken = True
    house.clock.advance(22 * SEGMENT_MS / 1000)
    first = paths(uris(await pull(house, opened, "a128")))
    house.ads.broken = False
    assert paths(uris(await pull(house, opened, "a128"))) == first


async def test_bandwidth_covers_the_measured_peak_with_the_sound(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    offered = m3u8.loads((await pull(house, opened, "multivariant")).decode())
    best = offered.playlists[0].stream_info
    assert best.bandwidth >= 3_500_000 + 150_000
    assert best.average_bandwidth == 2_000_000 + 130_000
    assert best.codecs == "avc1.64001f,mp4a.40.2"


async def test_named_refusals(house):
    opened = await house.opened()
    other = await house.opened()
    for source, name, grant, error, code in (
        (Channel("no"), "a128", opened.grant, NotFound, "channel-unknown"),
        (CH, "v1080", opened.grant, NotFound, "rendition-unknown"),
        (CH, "a128", other.grant, Forbidden, "grant-of-other-session"),
        (CH, "a128", opened.grant[:-1] + "~", Forbidden, "signature-invalid"),
        (CH, "a128", "", Forbidden, "signature-invalid"),
    ):
        with pytest.raises(error) as caught:
            await house.pull(source, opened.session_id, name, grant)
        assert caught.value.code == code
    house.clock.advance(13 * 3600)
    with pytest.raises(Forbidden, match="grant-expired"):
        await pull(house, opened, "a128")


async def test_a_session_that_redis_has_lost(house, aredis):
    opened = await house.opened()
    await aredis.flushall()
    with pytest.raises(NotFound, match="session-unknown"):
        await pull(house, opened, "a128")


async def test_a_pull_asks_redis_once(house, aredis):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    await pull(house, opened)
    before = await aredis.info("commandstats")
    await pull(house, opened)
    after = await aredis.info("commandstats")
    asked = {name for name in after if after[name]["calls"] > before.get(name, {"calls": 0})["calls"]}
    assert asked - {"cmdstat_info"} == {"cmdstat_mget"}


async def test_sound_asks_redis_nothing_once_all_is_known(house, aredis):
    opened = await house.opened()
    house.at(48.11, -1.68)
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await pull(house, opened, "a128")  # decides the break by the place
    house.clock.advance(12 * SEGMENT_MS / 1000)
    listed = await pull(house, opened, "a128")  # lists it, and asks for the consent
    before = (await aredis.info("commandstats"))["cmdstat_mget"]["calls"]
    assert await pull(house, opened, "a128") == listed
    assert (await aredis.info("commandstats"))["cmdstat_mget"]["calls"] == before


@pytest.mark.parametrize("begun", [False, True])
async def test_a_consent_taken_back_empties_a_break_that_has_not_begun(house, begun):
    opened = await house.opened()
    house.at(48.11, -1.68)
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await pull(house, opened, "a128")  # decides the break by the place, and remembers it
    house.clock.advance(8 * SEGMENT_MS / 1000 if begun else 0)
    await pull(house, opened, "a128")
    await house.set_consent("veh_1", shares_location=False)
    house.clock.advance((4 if begun else 12) * SEGMENT_MS / 1000)
    listed = paths(uris(await pull(house, opened, "a128")))
    assert any(name.startswith("ad") for name in listed) == begun
