"""Playing on demand on a real Redis and a real database: ads decided once a play, and what ends it."""

import asyncio
import dataclasses
from itertools import groupby

import m3u8
import msgspec
import pytest

from adserver.billing.impression import EventKind
from adserver.serving.avail import Format
from content.library.partner_item import ItemKind, PartnerItem
from kernel.errors import Forbidden, NotFound
from media.house_format import SEGMENT_MS, position_at
from media.manifest import AssetManifest
from players.feed.head_unit import Technique
from players.feed.motion_policy import Withheld
from players.guard.followed import Followed
from players.guard.reading import Reading
from players.playback.keep_resume import Told
from players.playback.on_demand import PREROLL_EVERY_MS, Airing, Film, Item, Kind
from players.playback.pull_item import Pulled
from players.playback.session import Scope, open_grant
from tests.players.house import DRIVING, bare, manifest, paths, uris

CLIP, FILM, TALK = Item("it1"), Item("itm_film"), Item("itm_talk")
CUES = (100, 260, 270, 520, 740)
FILM_SEGMENTS = 750


@pytest.fixture
def room(house):
    """The house with a film of 24 minutes with cues, and a podcast, besides the clip of 10 segments."""
    items = [
        PartnerItem("itm_film", "Studio", "Long", ItemKind.VIDEO, "film", 0),
        PartnerItem("itm_talk", "Radio", "Talk", ItemKind.PODCAST, "talk", 0),
    ]
    held = {**house.lineups.items, **{item.item_id: item for item in items}}
    house.lineups = dataclasses.replace(house.lineups, items=held)
    for asset_id in ("film", "talk"):
        made: AssetManifest = manifest(asset_id, FILM_SEGMENTS)
        house.manifests[asset_id] = msgspec.structs.replace(made, cues=CUES)
    return house


async def pull(room, opened, source=CLIP, name="a128") -> bytes:
    answer = await room.pull_item(source, opened.session_id, name, opened.grant)
    return answer if isinstance(answer, Withheld) else answer.body


async def document(room, opened, source=CLIP):
    return await room.pull_item.document(source, opened.session_id, opened.grant)


async def tell(room, opened, source, position_s, **more):
    grant = open_grant(room.signer, opened.grant, room.clock.now_ms(), opened.session_id)
    return await room.keep_resume(grant, Told(position_s, item_id=source.item_id, **more))


async def test_an_item_is_listed_whole_with_its_ads_before_it(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    body = await pull(room, opened, name="v720")
    listed = m3u8.loads(body.decode())
    assert (listed.is_endlist, listed.playlist_type, listed.media_sequence) == (True, "vod", 0)
    assert b"DISCONTINUITY" not in body
    assert [bare(one.uri) for one in listed.segments] == [
        *(f"/segments/ad1-1/v720/{n}/{n}" for n in range(3)),
        *(f"/segments/ad2-1/v720/{n}/{n + 3}" for n in range(4)),
        *(f"/segments/clip/v720/{n}/{n + 7}" for n in range(10)),
    ]
    (asked,) = room.ads.asked
    assert (asked.segments, asked.formats) == (10, {Format.AUDIO, Format.VIDEO})
    assert {kind for _, kind in room.noted} == {EventKind.PLANNED, EventKind.STITCHED}


async def test_a_long_film_is_interrupted_at_cues_that_lie_far_enough_apart(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    told = await document(room, opened, FILM)
    # 8 minutes are 250 segments: 100 is too early, 270 too soon after 260, 740 too near the end.
    assert [one.content_at_ms // SEGMENT_MS for one in told.breaks] == [0, 260, 520]
    assert [one.starts_at_ms // SEGMENT_MS for one in told.breaks] == [0, 267, 534]
    assert told.length_ms == (FILM_SEGMENTS + 21) * SEGMENT_MS
    assert told.duration_ms == FILM_SEGMENTS * SEGMENT_MS
    fills = [fill for one in told.breaks for fill in one.fills]
    assert len({fill.fill_id for fill in fills}) == 6
    assert [(f.starts_at_ms // SEGMENT_MS, f.ends_at_ms // SEGMENT_MS) for f in fills[2:4]] == [
        (267, 270),
        (270, 274),
    ]


async def test_sound_is_not_interrupted_and_bears_no_pictures(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    told = await document(room, opened, TALK)
    assert [one.content_at_ms for one in told.breaks] == [0]
    assert [avail.formats for avail in room.ads.asked] == [{Format.AUDIO}]


async def test_what_is_made_for_children_bears_no_ads(room):
    item = msgspec.structs.replace(room.lineups.items["itm_film"], for_children=True)
    room.lineups = dataclasses.replace(room.lineups, items={"itm_film": item})
    told = await document(room, await room.opened(), FILM)
    assert told.breaks == ()
    assert room.ads.asked == []


async def test_a_moving_car_is_offered_sound_and_no_place_for_later(room):
    opened = await room.opened()
    feed = room.feed()
    await room.park(feed)
    await room.tell(feed, DRIVING)
    assert isinstance(await pull(room, opened, FILM, "v720"), Withheld)
    assert {avail.formats for avail in room.ads.asked} == {frozenset({Format.AUDIO})}
    placed = [avail.location is not None for avail in room.ads.asked]
    assert placed[1:] == [False, False]


async def test_a_vehicle_that_moves_off_while_a_list_waits_for_its_thread_gets_sound_alone(room):
    """Threads may be busy for seconds; what they make is judged as it goes."""
    opened, feed, loop = await room.opened(), room.feed(), asyncio.get_running_loop()
    await room.park(feed)

    def moves_off(pulled: Pulled) -> Pulled:
        room.clock.advance(0.2)
        asyncio.run_coroutine_threadsafe(room.tell(feed, DRIVING), loop).result(10)
        return pulled

    answers = [
        await room.pull_item(CLIP, opened.session_id, name, opened.grant, moves_off)
        for name in ("v720", "a128")
    ]
    assert [type(one) for one in answers] == [Withheld, Pulled]
    assert answers[0].reason == "vehicle-moving"


async def test_where_cards_are_locked_while_driving_an_item_tells_none_beside_its_ads(room):
    opened, feed = await room.opened(), room.feed()
    await room.change_market("veh_1", "US", "op_1")
    await room.park(feed)
    parked = await _cards(room, opened)
    assert [card.headline for card in parked] == ["Coffee", "Coffee"]
    await room.tell(feed, DRIVING)
    assert [(card.headline, card.advertiser) for card in await _cards(room, opened)] == [
        ("", card.advertiser) for card in parked
    ]


async def test_a_consent_taken_back_while_a_play_is_told_empties_its_cards(room):
    opened = await room.opened()
    await room.park(room.feed())
    assert [card.headline for card in await _cards(room, opened)] == ["Coffee", "Coffee"]
    left_ms = room.open_play.left_ms

    async def withdrawn_meanwhile(*whose):
        await room.set_consent("veh_1", shares_location=False)
        return await left_ms(*whose)

    object.__setattr__(room.pull_item, "open_play", Slow(room.open_play, withdrawn_meanwhile))
    assert [card.headline for card in await _cards(room, opened)] == ["", ""]


@dataclasses.dataclass
class Slow:
    """Opens plays, and takes a while to say where they were left."""

    opens: object
    left_ms: object

    def __getattr__(self, name):
        return getattr(self.opens, name)


async def _cards(room, opened):
    return [fill.card for one in (await document(room, opened)).breaks for fill in one.fills]


async def test_a_play_gives_the_same_bytes_however_often_it_is_pulled(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    first = await pull(room, opened)
    pulls = [pull(room, opened, name=name) for name in ("a128", "multivariant", "audio", "video") * 3]
    assert {body for body in await asyncio.gather(*pulls) if b"EXTINF" in body} == {first}
    assert len(room.ads.asked) == 1
    await room.tell(feed, DRIVING)
    assert await pull(room, opened) == first


async def test_two_that_open_at_once_are_given_one_play(room):
    opened = await room.opened()
    one, two = await asyncio.gather(pull(room, opened), pull(room, opened))
    assert one == two
    assert len({avail.avail_id for avail in room.ads.asked}) == 1


async def test_a_new_play_decides_anew(room):
    opened = await room.opened()
    first = await document(room, opened)
    assert (await document(room, opened)).play_id == first.play_id
    await tell(room, opened, CLIP, 19, ended=True)
    again = await document(room, opened)
    assert (first.play_id, again.play_id) == ("it1.1", "it1.2")
    # No ads before it so soon after the last ones; a quarter of an hour later there may be.
    assert (len(first.breaks), len(again.breaks)) == (1, 0)
    room.clock.advance(PREROLL_EVERY_MS / 1000)
    await tell(room, opened, CLIP, 19, ended=True)
    await room.plays._redis.delete(*await room.plays._redis.keys("*:preroll:*"))
    later = await document(room, opened)
    assert (later.play_id, len(later.breaks)) == ("it1.3", 1)
    assert len({avail.avail_id for avail in room.ads.asked}) == len(room.ads.asked) == 2


async def test_a_screen_that_opens_a_session_again_sees_no_ads_before_it_again(room):
    unit, _ = room.unit()
    opened = [await room.open_session(unit, room.read_vehicle("veh_1")) for _ in range(2)]
    assert [len((await document(room, one)).breaks) for one in opened] == [1, 0]


async def test_a_picture_joins_the_play_of_its_sound_however_late(room):
    opened, feed = await room.opened(), room.feed()
    await pull(room, opened)
    room.clock.advance(3600)  # paused
    await room.park(feed)
    for name in ("v720", "video", "audio"):
        joined = await room.pull_item(CLIP, opened.session_id, name, opened.grant)
        assert joined.stream == "it1.1"


async def test_consent_that_is_withdrawn_ends_what_a_place_decided(room):
    opened = await room.opened()
    assert (await document(room, opened)).play_id == "it1.1"
    await room.set_consent("veh_1", shares_location=False)
    assert (await document(room, opened)).play_id == "it1.2"


async def test_an_ad_server_that_is_ill_costs_the_ads_and_nothing_else(room):
    room.ads.broken = True
    assert paths(uris(await pull(room, await room.opened()))) == ["clip"] * 10


async def test_it_goes_on_where_it_was_left_with_the_ads_before_that(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    await tell(room, opened, FILM, 300)
    other = await room.opened()
    told = await document(room, other, FILM)
    first = 300_000 // SEGMENT_MS
    assert told.resume_ms == 300_000
    assert [one.content_at_ms // SEGMENT_MS for one in told.breaks] == [first, 520]
    assert told.begin_ms == first * SEGMENT_MS
    body = await pull(room, other, FILM)
    assert f"#EXT-X-START:TIME-OFFSET={first * SEGMENT_MS / 1000:.3f},PRECISE=YES\n".encode() in body
    # Further on in the same play the bytes stay, and its player is told where.
    room.clock.advance(1)
    await tell(room, other, FILM, 400)
    assert await pull(room, other, FILM) == body
    assert (await document(room, other, FILM)).begin_ms == 400_000 + 7 * SEGMENT_MS


async def test_by_a_players_link_it_begins_at_the_beginning(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    await tell(room, opened, FILM, 300)
    unit, _ = room.unit()
    linked = await room.open_session(unit, room.read_vehicle("veh_1"), scope=Scope.PLAY)
    body = await pull(room, linked, FILM)
    assert b"EXT-X-START" not in body
    stops = [avail.avail_id.rpartition(".1-")[2] for avail in room.ads.asked]
    assert stops == ["pre", "mid-1", "mid-2"]
    # The screen still goes on.
    assert (await document(room, opened, FILM)).resume_ms == 300_000


async def test_a_withdrawn_item_ends_for_those_who_play_it(room):
    opened, feed = await room.opened(), room.feed()
    await room.park(feed)
    await pull(room, opened)
    held, live = (
        room.segment("clip", "a128", 0, 7),
        room.segment("clip", "a128", 0, position_at(room.clock.now_ms())),
    )
    assert await room.serve_segment(held, opened.grant)
    room.lineups = dataclasses.replace(
        room.lineups, items={}, withdrawn=frozenset({"it1"}), withdrawn_assets=frozenset({"clip"})
    )
    for name in ("multivariant", "a128"):
        with pytest.raises(NotFound, match="item-withdrawn"):
            await pull(room, opened, name=name)
    with pytest.raises(NotFound, match="item-withdrawn"):
        await room.serve_segment(held, opened.grant)
    # A channel that shows the same plays on.
    assert await room.serve_segment(live, opened.grant)


async def test_techniques(room):
    slate = await room.opened(Technique.SLATE)
    await room.park(room.feed())
    refused = await pull(room, slate, name="v720")
    assert (type(refused), refused.reason) == (Withheld, "player-cannot-renew")
    offered = m3u8.loads((await pull(room, slate, name="multivariant")).decode())
    assert [variant.stream_info.codecs for variant in offered.playlists] == ["mp4a.40.2"]


async def test_named_refusals(room):
    opened, other = await room.opened(), await room.opened()
    for source, name, grant, error, code in (
        (Item("no"), "a128", opened.grant, NotFound, "item-unknown"),
        (CLIP, "v1080", opened.grant, NotFound, "rendition-unknown"),
        (CLIP, "a128", other.grant, Forbidden, "grant-of-other-session"),
    ):
        with pytest.raises(error, match=code):
            await room.pull_item(source, opened.session_id, name, grant)


START_OVER = Airing("ch1-1")


def aired(start: int, *reached: tuple[int, int]) -> Film:
    """An airing of FILM_SEGMENTS from ``start`` on, whose breaks end where ``reached`` says."""
    whole = ((start, 0), *((start + at, shown) for at, shown in reached))
    segments, lasts_ms = reached[-1][1], reached[-1][1] * SEGMENT_MS
    return Film(START_OVER, "prg", "T", "", Kind.MUSIC, "film", segments, lasts_ms, reached=whole)


def believing(room, films: list[Film]):
    """A worker that takes the first of ``films`` for the schedule's newest."""

    async def find(*_):
        return films[0]

    return dataclasses.replace(room.pull_item, find=find)


async def polled(
    room, opened, workers, times: int = 1, every_s: float = 1.92
) -> tuple[list[m3u8.M3U8], list[object]]:
    """What the workers list in turn, and what the guard finds wrong in it."""
    followed, listed, breaches = Followed("airing"), [], []
    for worker in workers * times:
        body = (await worker(START_OVER, opened.session_id, "a128", opened.grant)).body
        at_s = room.clock.now_ms() / 1000
        breaches += followed.take(Reading(body, "application/vnd.apple.mpegurl", at_s), "a128")
        listed.append(m3u8.loads(body.decode()))
        room.clock.advance(every_s)
    return listed, breaches


async def test_only_sound_that_is_listed_as_it_is_shown_begins_with_the_same_bytes_again(room):
    """A picture's addresses have another lease at each pull, and what is whole is pulled once."""
    opened = await room.opened()
    await room.park(room.feed())
    worker = believing(room, [aired(position_at(room.clock.now_ms()) - 249, (750, 750))])
    names = ("a128", "v720", "multivariant")
    pulled = [await worker(START_OVER, opened.session_id, name, opened.grant) for name in names]
    assert [one.grows for one in pulled] == [True, False, False]
    room.clock.advance(1.92)
    later = await worker(START_OVER, opened.session_id, "a128", opened.grant)
    assert later.body.startswith(pulled[0].body)
    assert len(later.body) > len(pulled[0].body)
    item = await room.pull_item(CLIP, opened.session_id, "a128", opened.grant)
    assert not item.grows


async def test_what_is_listed_of_a_start_over_stays_when_an_editor_adds_a_break(room):
    room.ads.dry = True
    start = position_at(room.clock.now_ms()) - 249
    before = aired(start, (750, 750))
    after = aired(start, (340, 300), (790, 750))  # a break of 40 before the segment 300
    films = [before]
    worker = believing(room, films)
    assert before.shown(room.clock.now_ms()) > after.shown(room.clock.now_ms()) + 10
    opened = await room.opened()
    (first,), _ = await polled(room, opened, [worker])
    films[0] = after
    later, breaches = await polled(room, opened, [worker], 60)
    counts = [len(first.segments), *(len(one.segments) for one in later)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert breaches == []


@pytest.mark.parametrize("every_s", [0.7, 1.92])
async def test_a_start_over_never_stands_still_for_a_break_that_is_added_shortly_ahead(room, every_s):
    """Half a minute of break that is to come in a minute, and another soon after."""
    room.ads.dry = True
    start = position_at(room.clock.now_ms()) - 249
    films = [
        aired(start, (750, 750)),
        aired(start, (318, 302), (766, 750)),
        aired(start, (318, 302), (372, 340), (782, 750)),
    ]
    worker, opened, found = believing(room, films), await room.opened(), []
    counts = []
    for edited in (False, True, True):
        if edited:
            del films[0]
        listed, breaches = await polled(room, opened, [worker], int(40 / every_s), every_s)
        counts += [len(one.segments) for one in listed]
        found += breaches
    assert counts == sorted(counts)
    assert found == []
    # By the end of the breaks all that was shown is listed.
    listed, breaches = await polled(room, opened, [worker], int(200 / every_s), every_s)
    assert breaches == []
    room.clock.advance(-every_s)
    assert len(listed[-1].segments) == films[0].shown(room.clock.now_ms())


async def test_a_start_over_slows_down_at_most_by_what_the_break_takes(room):
    """A long break shortly ahead: there is too little to list for rule 12, and it is listed evenly."""
    room.ads.dry = True
    start = position_at(room.clock.now_ms()) - 249
    films = [aired(start, (750, 750))]
    worker, opened = believing(room, films), await room.opened()
    await polled(room, opened, [worker])
    films[0] = aired(start, (366, 266), (850, 750))
    listed, breaches = await polled(room, opened, [worker], 110)
    counts = [len(one.segments) for one in listed]
    still = max(len(list(run)) for _, run in groupby(counts[:100]))
    assert still <= 8  # 116 positions for 16 segments; without it, all of these
    assert {one.rule for one in breaches} == {12}
    shown = [films[0].reached[1][1]] * 100
    assert all(count <= most for count, most in zip(counts, shown, strict=False))


async def test_workers_that_know_of_an_edit_at_different_moments_list_one_start_over(room):
    room.ads.dry = True
    start = position_at(room.clock.now_ms()) - 285
    workers = [
        believing(room, [aired(start, (750, 750))]),
        believing(room, [aired(start, (340, 300), (790, 750))]),
        believing(room, [aired(start, (300, 300))]),  # cut off there
    ]
    listed, breaches = await polled(room, await room.opened(), workers, 10)
    counts = [len(one.segments) for one in listed]
    assert counts == sorted(counts)
    ended = [one.is_endlist for one in listed]
    assert ended == sorted(ended)
    assert len({count for count, end in zip(counts, ended, strict=True) if end}) == 1
    assert {one.playlist_type for one in listed} == {"event"}
    assert {one.rule for one in breaches} <= {12}


async def test_a_new_play_of_a_start_over_begins_its_own_list(room):
    room.ads.dry = True
    start = position_at(room.clock.now_ms()) - 249
    films = [aired(start, (750, 750))]
    worker, opened = believing(room, films), await room.opened()
    await polled(room, opened, [worker])
    await room.plays.end("veh_1", opened.session_id, START_OVER.source_id)
    films[0] = aired(start, (340, 300), (790, 750))
    await worker(START_OVER, opened.session_id, "audio", opened.grant)
    (again,), _ = await polled(room, opened, [worker])
    assert len(again.segments) == films[0].shown(room.clock.now_ms() - 1_920)
