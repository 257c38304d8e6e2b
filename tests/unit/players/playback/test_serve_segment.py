"""Serving segments on a real Redis: the lease, and the live state behind it."""

from dataclasses import replace

import pytest

from kernel.errors import Forbidden, NotFound
from kernel.signing import Signer
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.timeline import WINDOW_SEGMENTS
from players.feed.head_unit import Technique, Zone
from players.feed.motion_policy import Withheld
from players.playback import segment_key
from players.playback.lease import Lease, sign
from players.playback.note_missing import NoteMissing
from players.playback.on_demand import Item
from players.playback.pull_playlist import Channel
from players.playback.serve_segment import HELD_SEGMENTS, SegmentName
from players.playback.session import SESSION_MS, Session, sign_grant
from tests.players.house import DRIVING, uris

PICTURE = ("film1", "v720", 3, 1000)
SOUND = ("film1", "a128", 3, 1000)


async def lease(house, opened) -> str:
    body = await house.pull(Channel("ch1"), opened.session_id, "v720", opened.grant)
    return body.decode().rstrip().rpartition("?lease=")[2]


async def test_a_leased_picture_while_parked(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    assert (
        await house.serve_segment(house.segment(*PICTURE), await lease(house, opened)) == b"film1/v720/3/1000"
    )


async def test_a_good_lease_is_worth_nothing_once_it_moves(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    house.clock.advance(0.2)
    await house.tell(feed, DRIVING)
    assert isinstance(await house.serve_segment(house.segment(*PICTURE), held), Withheld)


async def test_a_good_lease_is_worth_nothing_in_silence(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    house.clock.advance(3.1)
    assert isinstance(await house.serve_segment(house.segment(*PICTURE), held), Withheld)


async def test_a_vehicle_that_moves_off_while_the_segment_is_read_gets_none(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)

    async def moves_off() -> None:
        house.clock.advance(0.2)
        await house.tell(feed, DRIVING)

    house.while_reading = moves_off
    answer = await house.serve_segment(house.segment(*PICTURE), held)
    assert isinstance(answer, Withheld)
    assert answer.reason == "vehicle-moving"


async def test_a_slate_player_gets_black_if_it_moves_off_while_the_segment_is_read(house):
    opened, feed = await house.opened(Technique.SLATE), house.feed()
    await house.park(feed)
    held = await lease(house, opened)

    async def moves_off() -> None:
        house.clock.advance(0.2)
        await house.tell(feed, DRIVING)

    house.while_reading = moves_off
    assert await house.serve_segment(house.segment(*PICTURE), held) == b"slate/v720/0/1000"


async def test_a_lease_that_runs_out_while_the_segment_is_read_is_over(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)

    async def takes_long() -> None:
        await house.park(feed)

    house.while_reading = takes_long
    with pytest.raises(Forbidden, match="lease-expired"):
        await house.serve_segment(house.segment(*PICTURE), held)


async def test_a_withheld_picture_is_not_read_at_all(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    house.clock.advance(0.2)
    await house.tell(feed, DRIVING)

    async def must_not() -> None:
        raise AssertionError

    house.while_reading = must_not
    assert isinstance(await house.serve_segment(house.segment(*PICTURE), held), Withheld)


async def test_an_audio_only_player_is_refused_whatever_its_lease(house):
    await house.park(house.feed())
    now_ms = house.clock.now_ms()
    held = Lease("veh_1", Zone.DRIVER, Technique.AUDIO_ONLY, now_ms + 5_000)
    answer = await house.serve_segment(house.segment(*PICTURE), sign(house.signer, held))
    assert isinstance(answer, Withheld)
    assert answer.reason == "player-audio-only"


async def test_a_lease_lasts_five_seconds(house):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    await house.park(feed)
    with pytest.raises(Forbidden, match="lease-expired"):
        await house.serve_segment(house.segment(*PICTURE), held)


async def test_a_slate_player_is_given_black_and_never_refused(house):
    opened, feed = await house.opened(Technique.SLATE), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    assert await house.serve_segment(house.segment(*PICTURE), held) == b"film1/v720/3/1000"
    house.clock.advance(0.2)
    await house.tell(feed, DRIVING)
    assert await house.serve_segment(house.segment(*PICTURE), held) == b"slate/v720/0/1000"
    house.clock.advance(30)
    assert await house.serve_segment(house.segment(*PICTURE), held) == b"slate/v720/0/1000"
    house.clock.advance(40)
    with pytest.raises(Forbidden, match="lease-expired"):
        await house.serve_segment(house.segment(*PICTURE), held)


async def test_sound_needs_the_grant_alone(house):
    opened = await house.opened()
    assert await house.serve_segment(house.segment(*SOUND), opened.grant) == b"film1/a128/3/1000"


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
        (("film1", "v1080", 0, 0), held, NotFound, "segment-unknown"),
        (("film1", "v720", 0, 2**31), held, NotFound, "segment-unknown"),
    ):
        with pytest.raises(error) as caught:
            await house.serve_segment(house.segment(*name), token)
        assert caught.value.code == code


async def test_a_segment_that_no_playlist_listed_is_served_to_nobody(house):
    """The name of an asset can be guessed; its key cannot, nor be made of another's."""
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    listed = house.segment(*SOUND)
    elsewhere = Signer([b"x" * 32])
    for name, token in (
        (SegmentName(*SOUND, ""), opened.grant),
        (SegmentName(*SOUND, "é"), opened.grant),
        (SegmentName(*SOUND, listed.key + "A"), opened.grant),
        (SegmentName(*SOUND, listed.key[:-1]), opened.grant),
        (SegmentName("film9", "a128", 3, 1000, listed.key), opened.grant),
        (SegmentName("film1", "a128", 4, 1000, listed.key), opened.grant),
        (SegmentName("film1", "a128", 3, 7_500_000, listed.key), opened.grant),
        (SegmentName(*PICTURE, listed.key), held),
        (SegmentName(*SOUND, segment_key.address(elsewhere, *SOUND)[-16:-4]), opened.grant),
    ):
        with pytest.raises(Forbidden, match="signature-invalid"):
            await house.serve_segment(name, token)


@pytest.mark.parametrize("rendition", ["a128", "v720"])
async def test_a_position_of_a_channel_is_served_as_long_as_players_may_owe_it(house, rendition):
    """RFC 8216bis, 6.2.2: what has left a playlist stays for its own duration and the playlist's."""
    opened, feed = await house.opened(), house.feed()
    body = await house.pull(Channel("ch1"), opened.session_id, "a128", opened.grant)
    k = int(uris(body)[-1].split("/")[5])
    name, listed_ms = house.segment("film1", rendition, 3, k), house.clock.now_ms()

    async def served() -> bytes:
        await house.park(feed)
        token = opened.grant if rendition == "a128" else await lease(house, opened)
        return await house.serve_segment(name, token)

    assert k == position_at(listed_ms) - 1
    owed_ms = 2 * WINDOW_SEGMENTS * SEGMENT_MS + SEGMENT_MS
    for after_ms in (0, owed_ms, HELD_SEGMENTS * SEGMENT_MS - 10_000):
        house.clock.advance((listed_ms + after_ms - house.clock.now_ms()) / 1000)
        assert await served() == f"film1/{rendition}/3/{k}".encode()
    # Who kept its address cannot have it when rights, territories or an editor have long taken it away.
    for after_s in (10, 400 * 86_400):
        house.clock.advance(after_s)
        opened = await house.opened()
        with pytest.raises(Forbidden, match="position-not-on-air"):
            await served()


async def test_what_is_to_come_on_a_channel_is_not_served_before(house):
    opened, now = await house.opened(), position_at(house.clock.now_ms())
    house.clock.advance((starts_at_ms(now + 1) - house.clock.now_ms()) / 1000)
    assert await house.serve_segment(house.segment("film1", "a128", 3, now + 2), opened.grant)
    with pytest.raises(Forbidden, match="position-not-on-air"):
        await house.serve_segment(house.segment("film1", "a128", 3, now + 5), opened.grant)


async def test_what_is_listed_on_demand_is_the_vehicles_own_and_ends_with_the_session(house):
    opened = await house.opened()
    item = await house.pull_item(Item("it1"), opened.session_id, "a128", opened.grant)
    last = [line for line in item.body.decode().splitlines() if line.startswith("/segments/")][-1]
    asset_id, rendition, index, k, key = last.partition("?")[0].split("/")[2:]
    name = SegmentName(asset_id, rendition, int(index), int(k), key.removesuffix(".m4s"))
    assert await house.serve_segment(name, opened.grant)
    until, _, stamp = name.key.partition("-")
    others = Session(
        *("ses_2", "veh_2", "hu_2", "ch1", Zone.DRIVER, Technique.TWO_ELEMENT, "FR", "fr", False),
        *(house.clock.now_ms(), house.clock.now_ms() + 1_000_000),
    )
    longer = replace(name, key=f"{int(until) + SESSION_MS}-{stamp}")
    for asked, grant in (
        (name, sign_grant(house.signer, others)),
        (longer, opened.grant),
        (replace(name, key=stamp), opened.grant),
        (replace(name, key=f"²-{stamp}"), opened.grant),
        (replace(name, key=f"{'9' * 5_000}-{stamp}"), opened.grant),
    ):
        with pytest.raises(Forbidden, match="signature-invalid"):
            await house.serve_segment(asked, grant)
    house.clock.advance((int(until) - house.clock.now_ms()) / 1000)
    later = await house.opened()
    with pytest.raises(Forbidden, match="play-over"):
        await house.serve_segment(name, later.grant)


async def test_every_worker_lists_the_same_address_and_takes_the_keys_of_before(house):
    one, two = Signer([b"k" * 32]), Signer([b"k" * 32])
    assert segment_key.address(one, *SOUND) == segment_key.address(two, *SOUND)
    rotated = Signer([b"n" * 32, b"k" * 32])
    segment_key.check(rotated, "film1/a128/3/1000", segment_key.address(one, *SOUND)[-16:-4])


async def test_what_is_gone_from_the_store_while_on_air_is_black_and_silence(house, caplog):
    """An asset deleted while on air: no player ends of what was listed, and operators hear of it."""
    gone = ["object-missing"]

    async def read(asset_id, rendition, index, k):
        if asset_id != "slate":
            raise NotFound(gone[0], "It is not there.")
        return f"{asset_id}/{rendition}/{index}/{k}".encode()

    counted = []
    note = NoteMissing(lambda: counted.append(1), house.clock)
    serve = replace(house.serve_segment, read_segment=read, missing=note)
    opened = await house.opened()
    now = position_at(house.clock.now_ms())
    sound = house.segment("film1", "a128", 3, now)
    for gone[0] in ("object-missing", "asset-unknown"):
        for _ in range(2):
            assert await serve(sound, opened.grant) == f"slate/a128/0/{now}".encode()
    assert (len(counted), [one.asset_id for one in caplog.records]) == (4, ["film1"])
    house.clock.advance(60)
    assert await serve(sound, opened.grant)
    assert len(caplog.records) == 2
    # On demand the play ends: whoever asks hears that it is not there.
    with pytest.raises(NotFound, match="asset-unknown"):
        await serve(house.segment(*SOUND), opened.grant)
    gone[0] = "segment-unknown"
    with pytest.raises(NotFound, match="segment-unknown"):
        await serve(sound, opened.grant)


async def test_a_picture_that_is_gone_is_judged_before_black_stands_in(house):
    async def read(asset_id, rendition, index, k):
        if asset_id != "slate":
            raise NotFound("object-missing", "It is not there.")
        return b"black"

    serve = replace(house.serve_segment, read_segment=read)
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    held = await lease(house, opened)
    picture = house.segment("film1", "v720", 3, position_at(house.clock.now_ms()))
    assert await serve(picture, held) == b"black"
    await house.tell(feed, DRIVING)
    assert isinstance(await serve(picture, held), Withheld)
