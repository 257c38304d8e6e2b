"""Serving segments on a real Redis: the lease, and the live state behind it."""

from dataclasses import replace

import pytest

from kernel.errors import Forbidden, NotFound
from kernel.signing import Signer
from players.feed.head_unit import Technique, Zone
from players.feed.motion_policy import Withheld
from players.playback import segment_key
from players.playback.lease import Lease, sign
from players.playback.note_missing import NoteMissing
from players.playback.on_demand import ON_DEMAND_LIMIT
from players.playback.pull_playlist import Channel
from players.playback.serve_segment import SegmentName
from tests.players.house import DRIVING

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
    sound = house.segment("film1", "a128", 3, ON_DEMAND_LIMIT)
    for gone[0] in ("object-missing", "asset-unknown"):
        for _ in range(2):
            assert await serve(sound, opened.grant) == f"slate/a128/0/{ON_DEMAND_LIMIT}".encode()
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
    picture = house.segment("film1", "v720", 3, ON_DEMAND_LIMIT)
    assert await serve(picture, held) == b"black"
    await house.tell(feed, DRIVING)
    assert isinstance(await serve(picture, held), Withheld)
